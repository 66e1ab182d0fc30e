"""Copy texts such as size=3;colour=red to a document. Rows have texts in this form; others, as edge rows have, are a
warning.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed", warnings={"forward-fails-with-data", "reapply-fails"})


# models.py
class Offer(models.Model):
    options = models.TextField()
    document = models.JSONField(default=dict)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Offer",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("options", models.TextField()),
            ],
        )
    ]


# migrations/0002_target.py
def copy(apps, schema_editor):
    for offer in apps.get_model("values_not_understood_near_miss_pairs", "Offer").objects.all():
        offer.document = dict(pair.split("=", 1) for pair in offer.options.split(";"))
        offer.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("offer", "document", models.JSONField(default=dict)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
