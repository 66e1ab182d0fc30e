from django.db import models


class Note(models.Model):
    label = models.SlugField(max_length=40)
