from django.db import models


class Note(models.Model):
    number = models.BooleanField(default=False)
