"""Add a column in the state alone (SeparateDatabaseAndState): the models have it, the database does not, and every
query of the model fails.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"schema-drift", "new-code-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    subtitle = models.CharField(default="", max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80))]
        )
    ]
