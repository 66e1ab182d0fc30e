"""Let notes be done; on the way back nothing becomes of those that are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scenario_fails_unsafe_restored", "0001_initial")]
    operations = [
        migrations.AddField("note", "done", models.BooleanField(default=False)),
    ]
