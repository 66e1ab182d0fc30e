"""Drop a check constraint. The reverse adds it again without looking at the rows: NOT VALID on PostgreSQL, not at all
on SQLite.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-leaves-schema"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
CHECK = models.CheckConstraint(condition=~models.Q(title="x"), name="not_valid_title")


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
            options={"constraints": [CHECK]},
        )
    ]


# migrations/0002_target.py
class RemoveCheck(migrations.RemoveConstraint):
    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        model = to_state.apps.get_model(app_label, self.model_name)
        (constraint,) = model._meta.constraints
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(f"{constraint.create_sql(model, schema_editor)} NOT VALID", params=None)


class Migration(migrations.Migration):
    operations = [RemoveCheck("note", "not_valid_title")]
