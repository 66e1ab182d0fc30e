"""Validate constraints that were NOT VALID; on SQLite, which has none such, make an integer column a bigint one. The
reverse leaves them so, which is stricter and otherwise the same.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("passed")


# models.py
class Author(models.Model):
    name = models.CharField(max_length=80)


class Note(models.Model):
    author = models.ForeignKey(Author, models.CASCADE, db_constraint=False)
    size = models.BigIntegerField(default=0)


# migrations/0001_initial.py
from django.db import connection

NOTE, AUTHOR = (f"rollback_leaves_schema_near_miss_validated_{name}" for name in ("note", "author"))
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
AUTHOR_KEY = models.ForeignKey("rollback_leaves_schema_near_miss_validated.Author", models.CASCADE, db_constraint=False)
SIZE = models.BigIntegerField if connection.vendor == "postgresql" else models.IntegerField
CONSTRAINTS = [
    f"ALTER TABLE {NOTE} ADD CONSTRAINT note_size CHECK (size > -9) NOT VALID",
    f"ALTER TABLE {NOTE} ADD CONSTRAINT note_author FOREIGN KEY (author_id) REFERENCES {AUTHOR} (id) NOT VALID",
]


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Author", [ID, ("name", models.CharField(max_length=80))]),
        migrations.CreateModel("Note", [ID, ("author", AUTHOR_KEY), ("size", SIZE(default=0))]),
        *(migrations.RunSQL(sql) for sql in CONSTRAINTS if connection.vendor == "postgresql"),
    ]


# migrations/0002_target.py
from django.db import connection

NOTE = "rollback_leaves_schema_near_miss_validated_note"
VALIDATIONS = [f"ALTER TABLE {NOTE} VALIDATE CONSTRAINT {name}" for name in ("note_size", "note_author")]


class AlterOnTheWayThere(migrations.AlterField):
    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass


class Migration(migrations.Migration):
    operations = [
        AlterOnTheWayThere("note", "size", models.BigIntegerField(default=0)),
        *(migrations.RunSQL(sql, migrations.RunSQL.noop) for sql in VALIDATIONS if connection.vendor == "postgresql"),
    ]
