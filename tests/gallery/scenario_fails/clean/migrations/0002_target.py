"""Give every note a slug without blanks."""

from django.db import migrations, models
from django.utils.text import slugify


def fill(apps, schema_editor):
    for note in apps.get_model("scenario_fails_clean", "Note").objects.all():
        note.slug = slugify(note.title) or f"note-{note.pk}"
        note.save()


class Migration(migrations.Migration):
    dependencies = [("scenario_fails_clean", "0001_initial")]
    operations = [
        migrations.AddField("note", "slug", models.CharField(default="", max_length=90)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
