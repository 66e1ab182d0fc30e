"""Exchange two foreign keys of each row, and nothing on the way back: the rows together have the values of before."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data", "reapply-differs"}, needs_rows=True)


# models.py
class Person(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey(Person, models.CASCADE, related_name="+")
    editor = models.ForeignKey(Person, models.CASCADE, related_name="+")


# migrations/0001_initial.py
PERSON = "rollback_loses_data_unsafe_exchanged.person"
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Person", [("id", KEY), ("name", models.CharField(max_length=40))]),
        migrations.CreateModel(
            "Note",
            [
                ("id", KEY),
                ("title", models.CharField(max_length=80)),
                ("author", models.ForeignKey(PERSON, models.CASCADE, related_name="+")),
                ("editor", models.ForeignKey(PERSON, models.CASCADE, related_name="+")),
            ],
        ),
    ]


# migrations/0002_target.py
from django.db.models import F


def swap(apps, editor):
    notes = apps.get_model("rollback_loses_data_unsafe_exchanged", "Note").objects
    notes.update(author=F("editor"), editor=F("author"))


class Migration(migrations.Migration):
    operations = [migrations.RunPython(swap, migrations.RunPython.noop)]
