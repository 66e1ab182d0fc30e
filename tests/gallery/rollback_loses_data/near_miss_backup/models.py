from django.db import models


class Note(models.Model):
    title = models.CharField(max_length=80)


class KeptRank(models.Model):
    note = models.OneToOneField(Note, models.CASCADE)
    rank = models.IntegerField()
