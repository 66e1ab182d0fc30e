from django.db import models


class Note(models.Model):
    level = models.IntegerField(default=1)
