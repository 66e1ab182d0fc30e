"""Copy titles to slugs, blanks included. No error is raised; the project's own scenario asks for slugs without
blanks.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"scenario-fails"})
SAFE_TWIN = "near_miss_after"


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    slug = models.CharField(max_length=90, default="")


# migrations/0002_target.py
def fill(apps, schema_editor):
    for note in apps.get_model("scenario_fails_unsafe_after", "Note").objects.all():
        note.slug = note.title
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "slug", models.CharField(default="", max_length=90)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]


# scenarios.py
from django_switchback.scenarios import after


@after("scenario_fails_unsafe_after.0002_target")
def slugs_have_no_blanks(apps):
    assert not apps.get_model("scenario_fails_unsafe_after", "Note").objects.filter(slug__contains=" ").exists(), (
        "a slug has a blank in it"
    )
