"""Make text of an integer: PostgreSQL compares no text with the integers of the old release, which cannot save the text
of the new one."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", warnings={"old-code-breaks"}),
    "postgresql": Expected(
        "failed",
        errors={"rollback-blocked-by-new-rows"},
        warnings={"old-code-breaks", "table-rewrite", "blocking-lock", "grows-with-rows"},
    ),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    place = models.CharField(max_length=20)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("place", models.IntegerField()),
            ],
        )
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "place", models.CharField(max_length=20))]
