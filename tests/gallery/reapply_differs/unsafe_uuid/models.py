from django.db import models


class Note(models.Model):
    value = models.UUIDField()
    kept = models.UUIDField(null=True)
