"""An identification request becomes an identification.

Purpose: the row is kept after the answer was found, so it is no longer a request.

Risks: the table is renamed: the old release fails on it at once, and so does the new one before it, so both
change in one step, with the site in maintenance. No row is touched.

Rollback: renames the table back.

Backup: none needed.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("plant_identification", "0005_identification_request")]

    operations = [migrations.RenameModel("IdentificationRequest", "Identification")]
