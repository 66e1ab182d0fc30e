"""Create an index by an operation of the project's own, whose `database_backwards` drops it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class CreateIndex(migrations.operations.base.Operation):
    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute(f"CREATE INDEX {app_label}_i ON {app_label}_note (title, id)")

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute(f"DROP INDEX {app_label}_i")


class Migration(migrations.Migration):
    operations = [CreateIndex()]
