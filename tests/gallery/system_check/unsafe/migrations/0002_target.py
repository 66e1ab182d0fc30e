"""Let a second column point at owners, under the name of the first on the other side."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("system_check_unsafe", "0001_initial")]
    operations = [
        migrations.AddField(
            "note",
            "editor",
            models.ForeignKey(null=True, on_delete=models.CASCADE, to="system_check_unsafe.owner"),
        ),
    ]
