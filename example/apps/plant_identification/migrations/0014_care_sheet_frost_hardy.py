"""Which species may stay outside in winter.

Purpose: the question that is asked most, each October.

Risks: none; the column may not be null, but its default is in the database: PostgreSQL rewrites no row, and
the old release, which does not know the column, can go on inserting during the deployment.

Rollback: drops the column with what gardeners have entered since.

Backup: dump ``plant_identification_caresheet`` before rolling back if they are not to enter it again.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0013_add_search_gin_indexes")]

    operations = [
        migrations.AddField("CareSheet", "frost_hardy", models.BooleanField(db_default=False, default=False)),
    ]
