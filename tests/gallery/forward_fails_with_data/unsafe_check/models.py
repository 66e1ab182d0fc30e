from django.db import models


class Note(models.Model):
    amount = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=1_000_000_000),
                name="forward_fails_with_data_unsafe_check_amount",
            )
        ]
