"""A place to park what data migrations replace.

Purpose: later data migrations, in every app, write down here which rows they touched and what was in them,
so that rolling one back undoes exactly what it did.

Risks: none, it is a new table that nothing reads yet.

Rollback: drops the table. Django rolls back every data migration that depends on it first, and each of them
empties its part of the table.

Backup: none needed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ParkedRow",
            fields=[
                ("key", models.CharField(max_length=250, primary_key=True, serialize=False)),
                ("migration", models.CharField(max_length=150)),
                ("model", models.CharField(max_length=100)),
                ("object_id", models.BigIntegerField()),
                ("payload", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [models.Index(fields=["migration", "model"], name="core_parkedrow_owner_idx")],
            },
        ),
    ]
