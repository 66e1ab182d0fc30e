from django.db import models


class Note(models.Model):
    price = models.CharField(max_length=64)
