"""Add a column; what else the model has needs no migration."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("model_drift_near_miss", "0001_initial")]
    operations = [
        migrations.AddField("note", "subtitle", models.CharField(default="", max_length=80)),
    ]
