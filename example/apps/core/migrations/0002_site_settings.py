"""Settings for each domain name of the site.

Purpose: what differs between the domains, as free-form JSON while nobody knows yet what it will be.

Risks: none, it is a new table.

Rollback: drops the table with what the release wrote to it; the release before does not know of it.

Backup: none needed; dump ``core_sitesettings`` first if its rows are to survive a rollback.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="SiteSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("domain", models.CharField(max_length=100)),
                ("options", models.JSONField(blank=True, null=True)),
            ],
            options={"verbose_name_plural": "site settings"},
        ),
    ]
