"""Run SQL that only PostgreSQL understands, on PostgreSQL alone."""

from django.db import migrations


def forward(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE INDEX forward_fails_near_miss_brin ON forward_fails_near_miss_note USING brin (title)"
        )


def back(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX forward_fails_near_miss_brin")


class Migration(migrations.Migration):
    dependencies = [("forward_fails_near_miss", "0001_initial")]
    operations = [
        migrations.RunPython(forward, back),
    ]
