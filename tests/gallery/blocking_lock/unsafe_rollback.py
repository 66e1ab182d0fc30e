"""Remove an index: rolling back builds it, and reads every row while nobody can write the table."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("passed", warnings={"blocking-lock", "grows-with-rows"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
            options={"indexes": [models.Index(fields=["title"], name="blocking_lock_old")]},
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RemoveIndex("note", "blocking_lock_old")]
