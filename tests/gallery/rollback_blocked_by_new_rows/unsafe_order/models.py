from django.db import models


class Note(models.Model):
    begins = models.DateField()
    ends = models.DateField()
