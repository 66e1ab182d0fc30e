"""Change foreign keys by SQL, then build an index on the table: PostgreSQL refuses CREATE INDEX too."""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = {
    "sqlite": Expected("passed"),
    "postgresql": Expected("failed", errors={"forward-fails-with-data"}, needs_rows=True),
}


# models.py
class Person(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    title = models.CharField(max_length=80)
    author = models.ForeignKey(Person, models.CASCADE, related_name="+")
    editor = models.ForeignKey(Person, models.CASCADE, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["title"], name="pending_title")]


# migrations/0001_initial.py
PERSON = "forward_fails_with_data_unsafe_pending_sql.person"
KEY = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Person", [("id", KEY), ("name", models.CharField(max_length=40))]),
        migrations.CreateModel(
            "Note",
            [
                ("id", KEY),
                ("title", models.CharField(max_length=80)),
                ("author", models.ForeignKey(PERSON, models.CASCADE, related_name="+")),
                ("editor", models.ForeignKey(PERSON, models.CASCADE, related_name="+")),
            ],
        ),
    ]


# migrations/0002_target.py
SWAP = "UPDATE forward_fails_with_data_unsafe_pending_sql_note SET author_id = editor_id, editor_id = author_id"


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(SWAP, SWAP),
        migrations.AddIndex("note", models.Index(fields=["title"], name="pending_title")),
    ]
