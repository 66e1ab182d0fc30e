"""Make an integer of a boolean: PostgreSQL refuses the booleans of the old release, and its field the integers of the
new one.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", warnings={"old-code-breaks"}),
    "postgresql": Expected(
        "failed",
        errors={"reapply-differs"},
        warnings={"old-code-breaks", "table-rewrite", "blocking-lock", "grows-with-rows"},
    ),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    state = models.IntegerField(default=0)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("state", models.BooleanField(default=False)),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "state", models.IntegerField(default=0))]
