from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=40)


class Note(models.Model):
    public = models.BooleanField(default=False)
    tags = models.ManyToManyField(Tag)
