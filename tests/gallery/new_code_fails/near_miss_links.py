"""Delete a model with a many-to-many relation: no statement of the new release uses the table of the relation."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"})


# models.py
class Tag(models.Model):
    word = models.CharField(max_length=20)


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
                ("tags", models.ManyToManyField(to="new_code_fails_near_miss_links.tag")),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.DeleteModel("Note")]
