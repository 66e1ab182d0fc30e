"""Make a column mandatory: empty values stop it, and without them every row is read while nobody can use the table."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"forward-fails-with-data"}),
    "postgresql": Expected("failed", errors={"forward-fails-with-data"}, warnings={"blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    rank = models.IntegerField()


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rank", models.IntegerField(null=True)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "rank", models.IntegerField())]
