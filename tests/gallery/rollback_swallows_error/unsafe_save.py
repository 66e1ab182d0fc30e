"""Keep a note of the rollback, and go on if it is there already: Django itself rolls back after a failed save."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("failed", errors={"rollback-fails"}),
    "postgresql": Expected("failed", errors={"rollback-swallows-error"}),
}


# models.py
class Note(models.Model):
    title = models.CharField(max_length=80)
    body = models.CharField(max_length=80, default="")


class Log(models.Model):
    event = models.CharField(max_length=80, unique=True)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
            ],
        ),
        migrations.CreateModel(
            "Log",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event", models.CharField(max_length=80, unique=True)),
            ],
        ),
    ]


# migrations/0002_target.py
from django.db import IntegrityError


def log(apps, schema_editor):
    Log = apps.get_model("rollback_swallows_error_unsafe_save", "Log")
    for _ in range(2):
        try:
            Log.objects.create(event="rolled back")
        except IntegrityError:
            pass


class Migration(migrations.Migration):
    operations = [
        migrations.RunPython(migrations.RunPython.noop, log),
        migrations.AddField("note", "body", models.CharField(max_length=80, default="")),
    ]
