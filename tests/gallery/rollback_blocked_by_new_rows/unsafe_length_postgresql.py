"""Make titles longer. The new release may write titles that the old column cannot hold. SQLite does not enforce
lengths.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=200)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=20)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "title", models.CharField(max_length=200))]
