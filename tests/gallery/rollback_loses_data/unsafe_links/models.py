from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    tags = models.ManyToManyField(Tag, through="Tagging")


class Tagging(models.Model):
    note = models.ForeignKey(Note, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE)
