"""Add a column. The scenario asks that the note of the new release is still there after the rollback, and it is."""

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
from django_switchback.scenarios import after, restored

TITLE = "Written by the new release"


@after("scenario_fails_near_miss_restored.0002_target")
def another_is_done(apps):
    apps.get_model("scenario_fails_near_miss_restored", "Note").objects.create(title=TITLE, done=True)


@restored("scenario_fails_near_miss_restored.0002_target")
def it_is_there(apps):
    assert apps.get_model("scenario_fails_near_miss_restored", "Note").objects.filter(title=TITLE).exists()
