"""Name a table that is not there, which no engine understands."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"forward-fails"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RunSQL("UPDATE no_such_table SET title = ''", migrations.RunSQL.noop)]
