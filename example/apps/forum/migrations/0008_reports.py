"""Complaints about messages.

Purpose: members point out spam and worse. A partial unique index sees to it that a member has one open
complaint about a message; resolved ones do not count.

Risks: none, it is a new table.

Rollback: drops the table with the complaints in it: have the open ones dealt with first.

Backup: dump ``forum_report`` before rolling back if there are open complaints.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("forum", "0007_unique_label_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[("spam", "Spam"), ("rude", "Rude"), ("wrong", "Wrong")],
                        default="spam",
                        max_length=12,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to="forum.message",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(resolved_at__isnull=True),
                        fields=("message", "reporter"),
                        name="forum_report_open_uniq",
                    )
                ],
            },
        ),
    ]
