"""Give every note a slug without blanks, if not a pretty one."""

from django.db import migrations, models


def fill(apps, schema_editor):
    for note in apps.get_model("scenario_fails_near_miss_after", "Note").objects.all():
        note.slug = note.title.replace(" ", "_")
        note.save()


class Migration(migrations.Migration):
    dependencies = [("scenario_fails_near_miss_after", "0001_initial")]
    operations = [
        migrations.AddField("note", "slug", models.CharField(default="", max_length=90)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
