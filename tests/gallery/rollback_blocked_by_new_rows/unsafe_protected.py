"""Add a row that the new release refers to: the reverse deletes it by its name, which a protected reference forbids."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-blocked-by-new-rows"}, needs_rows=True)


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
                ("genre", models.ForeignKey("rollback_blocked_by_new_rows_unsafe_protected.genre", models.PROTECT)),
            ],
        ),
    ]


# migrations/0002_target.py
NAME = "from the target"


def add(apps, schema_editor):
    apps.get_model("rollback_blocked_by_new_rows_unsafe_protected", "Genre").objects.create(name=NAME)


def remove(apps, schema_editor):
    apps.get_model("rollback_blocked_by_new_rows_unsafe_protected", "Genre").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    operations = [migrations.RunPython(add, remove)]
