"""Add a row within the choices of a foreign key: rows of the new release that refer to it forbid the reverse."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


# models.py
class Genre(models.Model):
    name = models.CharField(max_length=40, unique=True)
    for_songs = models.BooleanField(default=True)


class Song(models.Model):
    genre = models.ForeignKey(Genre, models.PROTECT, limit_choices_to={"for_songs": True})


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Genre",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
                ("for_songs", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            "Song",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "genre",
                    models.ForeignKey(
                        "rollback_blocked_by_new_rows_unsafe_limited.genre",
                        models.PROTECT,
                        limit_choices_to={"for_songs": True},
                    ),
                ),
            ],
        ),
    ]


# migrations/0002_target.py
NAME = "from the target"


def add(apps, schema_editor):
    apps.get_model("rollback_blocked_by_new_rows_unsafe_limited", "Genre").objects.create(name=NAME, for_songs=True)


def remove(apps, schema_editor):
    apps.get_model("rollback_blocked_by_new_rows_unsafe_limited", "Genre").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
