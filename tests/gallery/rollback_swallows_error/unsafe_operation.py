"""An operation of the project drops an index of a former release on the way back, and catches every error."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected(
        "passed",
        warnings={"changed-no-row"},
        reason="DropFormerIndex (DropFormerIndex: ((), {})) does nothing on sqlite",
    ),
    "postgresql": Expected("failed", errors={"rollback-swallows-error"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.CharField(max_length=80, default="")


# migrations/0002_target.py
from django.db.migrations.operations.base import Operation


class DropFormerIndex(Operation):
    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        try:
            schema_editor.execute("DROP INDEX index_of_a_former_release")
        except Exception:
            pass


class Migration(migrations.Migration):
    operations = [DropFormerIndex(), migrations.AddField("note", "body", models.CharField(max_length=80, default=""))]
