"""Declare in the state alone that an integer column is a bigint one, which is one type on SQLite, and add a
constraint that PostgreSQL has not validated yet.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    size = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(size__gte=0), name="affinity_size")]


# migrations/0002_target.py
from django.db import connection


class AddConstraint(migrations.AddConstraint):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "postgresql":
            model = to_state.apps.get_model(app_label, self.model_name)
            schema_editor.execute(f"{self.constraint.create_sql(model, schema_editor)} NOT VALID", params=None)
        else:
            super().database_forwards(app_label, schema_editor, from_state, to_state)


SIZE = models.BigIntegerField if connection.vendor == "postgresql" else models.IntegerField


class Migration(migrations.Migration):
    operations = [
        migrations.AddField("note", "size", SIZE(default=0)),
        AddConstraint("note", models.CheckConstraint(condition=models.Q(size__gte=0), name="affinity_size")),
        migrations.SeparateDatabaseAndState(
            [], [migrations.AlterField("note", "size", models.BigIntegerField(default=0))]
        ),
    ]
