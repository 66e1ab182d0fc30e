"""Add a flag. The scenario asks that the rollback writes the flag into the title, for the old release; the migration
does not do so.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"scenario-fails"})


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


@after("scenario_fails_unsafe_restored.0002_target")
def one_is_done(apps):
    apps.get_model("scenario_fails_unsafe_restored", "Note").objects.create(title=TITLE, done=True)


@restored("scenario_fails_unsafe_restored.0002_target")
def its_title_says_so(apps):
    assert apps.get_model("scenario_fails_unsafe_restored", "Note").objects.filter(title=f"[done] {TITLE}").exists(), (
        "nobody sees that it is done"
    )
