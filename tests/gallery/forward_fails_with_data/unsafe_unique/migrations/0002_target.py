"""Let no two notes be of one kind, of which there are only two."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_unsafe_unique", "0001_initial")]
    operations = [
        migrations.AddConstraint(
            "note",
            models.UniqueConstraint(fields=["kind"], name="forward_fails_with_data_unsafe_unique_kind"),
        ),
    ]
