"""Let no amount be below any that there is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("forward_fails_with_data_unsafe_check", "0001_initial")]
    operations = [
        migrations.AddConstraint(
            "note",
            models.CheckConstraint(
                condition=models.Q(amount__gt=1_000_000_000),
                name="forward_fails_with_data_unsafe_check_amount",
            ),
        ),
    ]
