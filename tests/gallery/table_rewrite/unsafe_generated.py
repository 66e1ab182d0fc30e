"""Add a generated column that is stored: PostgreSQL computes it for every row of a new file."""

from django.db import migrations, models
from gallery_tests.expected import Expected

SAFE_TWIN = "clean_column"
EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"table-rewrite", "blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    double = models.GeneratedField(
        expression=models.F("id") * 2, output_field=models.BigIntegerField(), db_persist=True
    )


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [
        migrations.AddField(
            "note",
            "double",
            models.GeneratedField(
                expression=models.F("id") * 2, output_field=models.BigIntegerField(), db_persist=True
            ),
        )
    ]
