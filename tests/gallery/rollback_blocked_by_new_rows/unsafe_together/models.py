from django.db import models


class Owner(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    owner = models.ForeignKey(Owner, models.CASCADE)
    day = models.DateField()
