"""Hide the log entries of drafts, which refer to them by content type and key, and show them again."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Entry(models.Model):
    content_type = models.ForeignKey("contenttypes.ContentType", models.CASCADE, related_name="%(app_label)s")
    object_id = models.PositiveBigIntegerField()
    hidden = models.BooleanField(default=False)


class Note(models.Model):
    state = models.CharField(max_length=20)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    dependencies = [("contenttypes", "0002_remove_content_type_name")]
    operations = [
        migrations.CreateModel(
            "Entry",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "content_type",
                    models.ForeignKey("contenttypes.ContentType", models.CASCADE, related_name="%(app_label)s"),
                ),
                ("object_id", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=20)),
            ],
        ),
    ]


# migrations/0002_target.py
from functools import partial


def set_hidden(hidden, apps, schema_editor):
    note = apps.get_model("rollback_loses_data_clean_of_drafts", "Note")
    apps.get_model("rollback_loses_data_clean_of_drafts", "Entry").objects.filter(
        content_type=apps.get_model("contenttypes", "ContentType").objects.get_for_model(note),
        object_id__in=note.objects.filter(state="draft"),
    ).update(hidden=hidden)


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("entry", "hidden", models.BooleanField(default=False)),
        migrations.RunPython(partial(set_hidden, True), partial(set_hidden, False)),
    ]
