"""Replace a many-to-many table by one with a model of its own. Rolling back creates the old table again, but empty:
the links are gone.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
class Tag(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    tags = models.ManyToManyField(Tag, through="Tagging")


class Tagging(models.Model):
    note = models.ForeignKey(Note, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Tag",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("tags", models.ManyToManyField("rollback_loses_data_unsafe_links.tag")),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.RemoveField("note", "tags"),
        migrations.CreateModel(
            "Tagging",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("note", models.ForeignKey(on_delete=models.CASCADE, to="rollback_loses_data_unsafe_links.note")),
                ("tag", models.ForeignKey(on_delete=models.CASCADE, to="rollback_loses_data_unsafe_links.tag")),
            ],
        ),
        migrations.AddField(
            "note",
            "tags",
            models.ManyToManyField(
                through="rollback_loses_data_unsafe_links.Tagging", to="rollback_loses_data_unsafe_links.tag"
            ),
        ),
    ]
