"""Turn a date into a date and time. SQLite keeps the times that the new release stores: the old release reads None from
its mandatory date, and cannot save the row. PostgreSQL casts them to dates, which another rule reports.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"old-code-fails-after-rollback"}),
    "postgresql": Expected("failed", errors={"reapply-differs"}),
}


# models.py
class Note(models.Model):
    code = models.CharField(max_length=20)
    made = models.DateTimeField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20)),
                ("made", models.DateField()),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "made", models.DateTimeField())]
