"""Add another."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conflicting_leaves_unsafe", "0001_initial")]
    operations = [
        migrations.AddField("note", "rank", models.IntegerField(default=0)),
    ]
