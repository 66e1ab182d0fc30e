"""Let a second column point at owners, under a name of its own on the other side."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("system_check_near_miss", "0001_initial")]
    operations = [
        migrations.AddField(
            "note",
            "editor",
            models.ForeignKey(
                null=True, on_delete=models.CASCADE, related_name="edited", to="system_check_near_miss.owner"
            ),
        ),
    ]
