"""Make unique slugs of title and primary key: rows with the same title do not stop the migration."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    slug = models.CharField(max_length=100, unique=True)


# migrations/0002_target.py
def fill(apps, schema_editor):
    for note in apps.get_model("reapply_fails_near_miss_slugs", "Note").objects.all():
        note.slug = f"{note.title}-{note.pk}"
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "slug", models.CharField(max_length=100, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField("note", "slug", models.CharField(max_length=100, unique=True)),
    ]
