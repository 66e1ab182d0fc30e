from django.db import models


class Note(models.Model):
    due = models.DateField()
