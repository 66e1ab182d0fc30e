"""Remove an index: the rollback creates it again, whatever the rows hold."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
            options={"indexes": [models.Index(fields=["title"], name="gallery_removed_title")]},
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RemoveIndex("note", "gallery_removed_title")]
