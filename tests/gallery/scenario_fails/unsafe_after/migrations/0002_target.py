"""Give every note a slug that is its title, blanks and all."""

from django.db import migrations, models


def fill(apps, schema_editor):
    for note in apps.get_model("scenario_fails_unsafe_after", "Note").objects.all():
        note.slug = note.title
        note.save()


class Migration(migrations.Migration):
    dependencies = [("scenario_fails_unsafe_after", "0001_initial")]
    operations = [
        migrations.AddField("note", "slug", models.CharField(default="", max_length=90)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
