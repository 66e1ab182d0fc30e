"""Make a slug of every title, with underscores for blanks: the scenario asks for no more than that there are no
blanks.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    slug = models.CharField(max_length=90, default="")


# migrations/0002_target.py
def fill(apps, schema_editor):
    for note in apps.get_model("scenario_fails_near_miss_after", "Note").objects.all():
        note.slug = note.title.replace(" ", "_")
        note.save()


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "slug", models.CharField(default="", max_length=90)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]


# scenarios.py
from django_switchback.scenarios import after


@after("scenario_fails_near_miss_after.0002_target")
def slugs_have_no_blanks_here(apps):
    assert not apps.get_model("scenario_fails_near_miss_after", "Note").objects.filter(slug__contains=" ").exists(), (
        "a slug has a blank in it"
    )
