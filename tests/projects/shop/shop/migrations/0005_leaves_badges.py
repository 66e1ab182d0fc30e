from django.db import migrations


def award(apps, schema_editor):
    badges = apps.get_model("shop", "Badge").objects
    for customer in apps.get_model("shop", "Customer").objects.all():
        badges.create(customer=customer, name="founder")


class Migration(migrations.Migration):
    dependencies = [("shop", "0004_needs_notes")]
    operations = [migrations.RunPython(award, migrations.RunPython.noop)]
