from django.db import models


class Note(models.Model):
    value = models.FloatField()
    kept = models.FloatField(null=True)
