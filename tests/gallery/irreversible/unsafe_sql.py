"""Change titles by RunSQL without reverse SQL: `migrate` to the migration before it raises IrreversibleError."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"irreversible"})


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RunSQL("UPDATE irreversible_unsafe_sql_note SET title = 'Draft' WHERE title = 'draft'")]
