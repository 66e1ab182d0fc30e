"""Overwrite values in tables of another schema and of PostgreSQL's own, without a reverse: foreign keys lead from one
schema to the other, and the rows of both are lost.
"""

from django.db import migrations, models
from gallery_tests.expected import Expected

EXPECTED = Expected("failed", errors={"rollback-loses-data"}, needs_rows=True)


# models.py
from django.db import connection


class Tag(models.Model):
    word = models.CharField(max_length=20)

    class Meta:
        db_table = '"lost_reference"."Tag"' if connection.vendor == "postgresql" else "lost_reference_tag"


class Entry(models.Model):
    text = models.CharField(max_length=60)
    tags = models.ManyToManyField(Tag)

    class Meta:
        db_table = 'lost_audit"."entry' if connection.vendor == "postgresql" else "lost_audit_entry"


# migrations/0001_initial.py
from django.db import connection

POSTGRESQL = connection.vendor == "postgresql"
ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(
            ["CREATE SCHEMA lost_audit", "CREATE SCHEMA lost_reference"] if POSTGRESQL else "SELECT 1",
            ["DROP SCHEMA lost_audit", "DROP SCHEMA lost_reference"] if POSTGRESQL else "SELECT 1",
        ),
        migrations.CreateModel(
            "Tag",
            [ID, ("word", models.CharField(max_length=20))],
            options={"db_table": '"lost_reference"."Tag"' if POSTGRESQL else "lost_reference_tag"},
        ),
        migrations.CreateModel(
            "Entry",
            [
                ID,
                ("text", models.CharField(max_length=60)),
                ("tags", models.ManyToManyField("rollback_loses_data_unsafe_schema.Tag")),
            ],
            options={"db_table": 'lost_audit"."entry' if POSTGRESQL else "lost_audit_entry"},
        ),
    ]


# migrations/0002_target.py
def forget(apps, schema_editor):
    apps.get_model("rollback_loses_data_unsafe_schema", "Entry").tags.through.objects.all().delete()
    apps.get_model("rollback_loses_data_unsafe_schema", "Tag").objects.update(word="gone")


class Migration(migrations.Migration):
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
