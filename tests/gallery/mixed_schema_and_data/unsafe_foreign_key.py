"""Add a column, fill it and make it mandatory, on a table with a foreign key, whose checks an update can queue."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected(
        "passed", warnings={"blocking-lock", "grows-with-rows", "mixed-schema-and-data", "unbatched-data-migration"}
    ),
}


# models.py
class Author(models.Model):
    name = models.CharField(max_length=80)


class Note(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    rank = models.IntegerField(db_default=0)


# migrations/0001_initial.py
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Author", [("id", KEY), ("name", models.CharField(max_length=80))]),
        migrations.CreateModel(
            "Note",
            [
                ("id", KEY),
                ("author", models.ForeignKey("mixed_schema_and_data_unsafe_foreign_key.author", models.CASCADE)),
            ],
        ),
    ]


# migrations/0002_target.py
def fill(apps, schema_editor):
    apps.get_model("mixed_schema_and_data_unsafe_foreign_key", "Note").objects.filter(rank=None).update(rank=1)


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "rank", models.IntegerField(null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("note", "rank", models.IntegerField(db_default=0)),
    ]
