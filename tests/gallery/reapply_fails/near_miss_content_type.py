"""Create a content type by `get_or_create`: the row that the rollback leaves does not stop the migration the second
time.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


class Draft(models.Model):
    text = models.TextField()


# migrations/0002_target.py
def register(apps, schema_editor):
    apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="reapply_fails_near_miss_content_type", model="draft"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("reapply_fails_near_miss_content_type", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [
        migrations.CreateModel(
            "Draft",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
            ],
        ),
        migrations.RunPython(register, migrations.RunPython.noop),
    ]
