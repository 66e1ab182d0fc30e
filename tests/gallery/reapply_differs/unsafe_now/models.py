from django.db import models


class Note(models.Model):
    value = models.DateTimeField()
    kept = models.DateTimeField(null=True)
