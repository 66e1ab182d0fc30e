"""Add a flag with a default: the scenario finds no note that has it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    done = models.BooleanField(default=False)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "done", models.BooleanField(default=False))]


# scenarios.py
from django_switchback.scenarios import after


@after("scenario_fails_clean_default.0002_target")
def none_is_done(apps):
    notes = apps.get_model("scenario_fails_clean_default", "Note").objects
    assert not notes.filter(done=True).exists(), "a note is done"
