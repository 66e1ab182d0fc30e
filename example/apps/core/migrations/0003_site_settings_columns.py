"""Columns for the options that turned out to matter (1 of 3: expand).

Purpose: three keys of the JSON are used everywhere and deserve types. The columns come first and stay
empty: this release goes on reading the JSON.

Risks: none; the columns may be null, so neither a rewrite of the table nor old code is in the way.

Rollback: drops the columns.

Backup: none needed, the JSON is untouched.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_site_settings")]

    operations = [
        migrations.AddField(
            "SiteSettings", "language", models.CharField(blank=True, max_length=12, null=True)
        ),
        migrations.AddField(
            "SiteSettings", "posts_per_page", models.PositiveIntegerField(blank=True, null=True)
        ),
        migrations.AddField("SiteSettings", "registration_open", models.BooleanField(blank=True, null=True)),
    ]
