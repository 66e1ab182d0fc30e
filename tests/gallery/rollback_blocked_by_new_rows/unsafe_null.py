"""Let subtitles be NULL. The new release may write a row without a subtitle, and then the column cannot become NOT
NULL again.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)
SAFE_TWIN = "near_miss_null"


# models.py
class Note(models.Model):
    subtitle = models.CharField(max_length=80, null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subtitle", models.CharField(max_length=80)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "subtitle", models.CharField(max_length=80, null=True))]
