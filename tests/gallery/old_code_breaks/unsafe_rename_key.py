"""Rename a foreign key: the name of its column is the field's."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed", warnings={"old-code-breaks"}),
    "postgresql": Expected("passed", warnings={"old-code-breaks", "blocking-lock", "grows-with-rows"}),
}


# models.py
class Author(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    title = models.CharField(max_length=80)
    writer = models.ForeignKey(Author, models.CASCADE)


# migrations/0001_initial.py
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel(
            "Author",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            "Note",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=80)),
                ("author", models.ForeignKey(on_delete=models.CASCADE, to="old_code_breaks_unsafe_rename_key.author")),
            ],
        ),
    ]


# migrations/0002_target.py
class Migration(migrations.Migration):
    operations = [migrations.RenameField("note", "author", "writer")]
