"""Remove a relation that no code of the old release uses: it deletes rows of its table with those of either model."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, warnings={"old-code-breaks"})


# models.py
class Tag(models.Model):
    word = models.CharField(max_length=20)


class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Tag",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=20)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("tags", models.ManyToManyField(to="old_code_breaks_unsafe_many_to_many.tag")),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RemoveField("note", "tags")]
