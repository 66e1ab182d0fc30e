"""Let no subtitle be missing while some are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_unsafe_null", "0001_initial")]
    operations = [
        migrations.AlterField("note", "due", models.DateField()),
    ]
