"""Make a slug of every title by Django's slugify(): every note has one, as the scenario asks."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    slug = models.CharField(max_length=90, default="")


# migrations/0002_target.py
from django.utils.text import slugify


def fill(apps, schema_editor):
    for note in apps.get_model("scenario_fails_clean", "Note").objects.all():
        note.slug = slugify(note.title) or f"note-{note.pk}"
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "slug", models.CharField(default="", max_length=90)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]


# scenarios.py
from django_switchback.scenarios import after


@after("scenario_fails_clean.0002_target")
def slugs_are_there(apps):
    assert not apps.get_model("scenario_fails_clean", "Note").objects.filter(slug="").exists(), "a slug is empty"
