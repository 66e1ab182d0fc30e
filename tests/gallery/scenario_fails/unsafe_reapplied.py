"""Add a date column. The rollback drops it, so the date that the scenario wrote is missing once the migration is
applied again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"scenario-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    done = models.DateField(null=True)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AddField("note", "done", models.DateField(null=True))]


# scenarios.py
import datetime

from django_switchback.scenarios import after, reapplied

TITLE = "Written by the new release"


@after("scenario_fails_unsafe_reapplied.0002_target")
def one_is_done_today(apps):
    apps.get_model("scenario_fails_unsafe_reapplied", "Note").objects.create(
        title=TITLE, done=datetime.date(2024, 2, 29)
    )


@reapplied("scenario_fails_unsafe_reapplied.0002_target")
def it_still_is(apps):
    assert apps.get_model("scenario_fails_unsafe_reapplied", "Note").objects.get(title=TITLE).done is not None, (
        "the day is forgotten"
    )
