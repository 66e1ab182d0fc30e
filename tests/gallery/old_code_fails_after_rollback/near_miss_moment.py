"""Turn an optional date into a date and time: the old release may read None from it, and save the row. The times are
lost on PostgreSQL, which another rule reports.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {"sqlite": Expected("passed"), "postgresql": Expected("failed", errors={"reapply-differs"})}


# models.py
class Note(models.Model):
    code = models.CharField(max_length=20)
    made = models.DateTimeField(null=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20)),
                ("made", models.DateField(null=True)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "made", models.DateTimeField(null=True))]
