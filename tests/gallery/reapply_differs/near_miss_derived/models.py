from django.db import models


class Note(models.Model):
    key = models.UUIDField()
