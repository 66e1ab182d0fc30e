"""Drop a table, and say nothing about it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, warnings={"undocumented-risk"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            name,
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        )
        for name in ("Note", "Page")
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.DeleteModel("Page")]
