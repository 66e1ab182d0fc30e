from django.db import models


class Note(models.Model):
    stars = models.IntegerField()
