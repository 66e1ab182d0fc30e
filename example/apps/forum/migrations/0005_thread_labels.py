"""Labels on threads.

Purpose: moderators mark threads as solved, pest alert and the like. Written at the same time as
0005_message_soft_delete, on another branch.

Risks: none, they are new tables.

Rollback: drops both tables with the labels in them.

Backup: none needed.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forum", "0004_fill_last_activity")]

    operations = [
        migrations.CreateModel(
            name="Label",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("colour", models.CharField(default="#4c9a2a", max_length=7)),
            ],
        ),
        migrations.AddField(
            "Thread", "labels", models.ManyToManyField(blank=True, related_name="threads", to="forum.label")
        ),
    ]
