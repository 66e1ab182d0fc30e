"""Make slugs of titles and numbers, which no two notes share."""

from django.db import migrations, models


def fill(apps, schema_editor):
    for note in apps.get_model("reapply_fails_near_miss_slugs", "Note").objects.all():
        note.slug = f"{note.title}-{note.pk}"
        note.save()


class Migration(migrations.Migration):
    dependencies = [("reapply_fails_near_miss_slugs", "0001_initial")]
    operations = [
        migrations.AddField("note", "slug", models.CharField(max_length=100, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("note", "slug", models.CharField(max_length=100, unique=True)),
    ]
