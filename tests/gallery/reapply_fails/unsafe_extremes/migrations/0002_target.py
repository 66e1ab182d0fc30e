"""Mark sizes that are too small on the way back, and stop at the mark when applied again."""

from django.db import migrations, models


def check(apps, schema_editor):
    if apps.get_model("reapply_fails_unsafe_extremes", "Note").objects.filter(size=-7777).exists():
        raise ValueError("a note was marked before")


def mark(apps, schema_editor):
    apps.get_model("reapply_fails_unsafe_extremes", "Note").objects.filter(size__lt=-100_000).update(
        size=-7777
    )


class Migration(migrations.Migration):
    dependencies = [("reapply_fails_unsafe_extremes", "0001_initial")]
    operations = [
        migrations.AddField("note", "pages", models.IntegerField(default=1)),
        migrations.RunPython(check, mark),
    ]
