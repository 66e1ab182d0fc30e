"""Note when notes are done; on the way back that is forgotten, and not known the second time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scenario_fails_unsafe_reapplied", "0001_initial")]
    operations = [
        migrations.AddField("note", "done", models.DateField(null=True)),
    ]
