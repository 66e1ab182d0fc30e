"""Rename a model, and keep the name of its table, which the old release uses."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Entry(models.Model):
    title = models.CharField(max_length=80)

    class Meta:
        db_table = "old_code_breaks_clean_rename_model_note"


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AlterModelTable("note", "old_code_breaks_clean_rename_model_note"),
        migrations.RenameModel("Note", "Entry"),
    ]
