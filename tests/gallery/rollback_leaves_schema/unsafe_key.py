"""Make a primary key that the application gives an automatic one. The reverse does nothing. An INTEGER key is the rowid
to SQLite, and numbered by it, which a BIGINT key is not.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"rollback-leaves-schema"}),
    "postgresql": Expected("failed", errors={"rollback-leaves-schema", "reapply-fails", "new-code-fails"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note", [("id", models.BigIntegerField(primary_key=True)), ("title", models.CharField(max_length=80))]
        )
    ]


# migrations/0002_target.py
class AlterOnTheWayThere(migrations.AlterField):
    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass


class Migration(migrations.Migration):
    operations = [
        AlterOnTheWayThere(
            "note", "id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
        )
    ]
