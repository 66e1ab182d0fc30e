"""Take names apart at the blank between first and last name: people have more of them, or fewer."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True)


# models.py
class Person(models.Model):
    name = models.CharField(max_length=80)
    last = models.CharField(max_length=80, default="")


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Person",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
            ],
        )
    ]


# migrations/0002_target.py
def copy(apps, schema_editor):
    for person in apps.get_model("forward_fails_with_data_unsafe_parts", "Person").objects.all():
        _, person.last = person.name.split(" ")
        person.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("person", "last", models.CharField(max_length=80, default="")),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
