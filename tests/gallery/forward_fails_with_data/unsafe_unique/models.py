from django.db import models


class Note(models.Model):
    kind = models.CharField(choices=[("a", "a"), ("b", "b")], max_length=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind"], name="forward_fails_with_data_unsafe_unique_kind")
        ]
