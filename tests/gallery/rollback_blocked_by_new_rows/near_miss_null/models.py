from django.db import models


class Note(models.Model):
    subtitle = models.CharField(max_length=80, null=True)
