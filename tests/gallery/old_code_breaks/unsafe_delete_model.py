"""Remove a model that no code of the old release uses: with a note, the old release deletes the marks on it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, warnings={"old-code-breaks"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            "Mark",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("note", models.ForeignKey(on_delete=models.CASCADE, to="old_code_breaks_unsafe_delete_model.note")),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.DeleteModel("Mark")]
