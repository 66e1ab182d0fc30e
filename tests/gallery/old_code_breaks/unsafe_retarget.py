"""Let a foreign key refer to another table: the old release inserts rows that refer to new ones of its own."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", warnings={"old-code-breaks"}),
    "postgresql": Expected("passed", warnings={"old-code-breaks", "blocking-lock", "grows-with-rows"}),
}


# models.py
class Author(models.Model):
    name = models.CharField(max_length=80)


class Writer(models.Model):
    name = models.CharField(max_length=80)


class Note(models.Model):
    author = models.ForeignKey(Writer, models.CASCADE)


# migrations/0001_initial.py
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")
NAME = models.CharField(max_length=80)
AUTHOR = models.ForeignKey("old_code_breaks_unsafe_retarget.author", models.CASCADE)


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Author", [("id", KEY), ("name", NAME)]),
        migrations.CreateModel("Writer", [("id", KEY), ("name", NAME)]),
        migrations.CreateModel("Note", [("id", KEY), ("author", AUTHOR)]),
    ]


# migrations/0002_target.py
WRITER = models.ForeignKey("old_code_breaks_unsafe_retarget.writer", models.CASCADE)


class Migration(migrations.Migration):
    operations = [migrations.AlterField("note", "author", WRITER)]
