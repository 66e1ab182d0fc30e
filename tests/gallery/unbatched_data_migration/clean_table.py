"""Create a table: it has no rows yet."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Reader(models.Model):
    note = models.ForeignKey(Note, models.CASCADE)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Reader",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("note", models.ForeignKey("unbatched_data_migration_clean_table.note", models.CASCADE)),
            ],
        )
    ]
