"""Change foreign keys, then the table that they refer to: only their own table has checks to come."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Person(models.Model):
    name = models.CharField(max_length=40)
    size = models.IntegerField(null=True)


class Note(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey(Person, models.CASCADE, related_name="+")
    editor = models.ForeignKey(Person, models.CASCADE, related_name="+")


# migrations/0001_initial.py
PERSON = "forward_fails_with_data_near_miss_pending_other_table.person"
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
    notes = apps.get_model("forward_fails_with_data_near_miss_pending_other_table", "Note").objects
    notes.update(author=F("editor"), editor=F("author"))


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(swap, swap),
        migrations.AddField("person", "size", models.IntegerField(null=True)),
    ]
