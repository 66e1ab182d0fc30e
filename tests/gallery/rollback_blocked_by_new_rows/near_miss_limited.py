"""Add a row outside the choices of every foreign key: no row of the new release refers to it."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


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
                        "rollback_blocked_by_new_rows_near_miss_limited.genre",
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
    apps.get_model("rollback_blocked_by_new_rows_near_miss_limited", "Genre").objects.create(name=NAME, for_songs=False)


def remove(apps, schema_editor):
    apps.get_model("rollback_blocked_by_new_rows_near_miss_limited", "Genre").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
