from django.db import models


class Found(models.Model):
    rowid = models.BigIntegerField(primary_key=True)
    word = models.TextField()
