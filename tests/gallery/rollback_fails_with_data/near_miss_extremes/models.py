from django.db import models


class Note(models.Model):
    title = models.CharField(max_length=80)
    size = models.IntegerField()
    pages = models.IntegerField(default=1)
