"""Add a row that the new release refers to: the reverse moves the references before it deletes the row."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Genre(models.Model):
    name = models.CharField(max_length=40, unique=True)


class Song(models.Model):
    genre = models.ForeignKey(Genre, models.PROTECT)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Genre",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, unique=True)),
            ],
        ),
        migrations.CreateModel(
            "Song",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("genre", models.ForeignKey("rollback_blocked_by_new_rows_near_miss_moved.genre", models.PROTECT)),
            ],
        ),
    ]


# migrations/0002_target.py
NAME = "from the target"


def add(apps, schema_editor):
    apps.get_model("rollback_blocked_by_new_rows_near_miss_moved", "Genre").objects.create(name=NAME)


def remove(apps, schema_editor):
    genres = apps.get_model("rollback_blocked_by_new_rows_near_miss_moved", "Genre").objects
    other = genres.exclude(name=NAME).first()
    songs = apps.get_model("rollback_blocked_by_new_rows_near_miss_moved", "Song").objects
    songs.filter(genre__name=NAME).update(genre=other)
    genres.filter(name=NAME).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
