"""Delete a model; the way back makes its table again, empty."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rollback_loses_data_unsafe_delete_model", "0001_initial")]
    operations = [
        migrations.DeleteModel("Visit"),
    ]
