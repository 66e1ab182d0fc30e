from django.db import models


class Note(models.Model):
    title = models.CharField(max_length=80)
    rank = models.DecimalField(decimal_places=2, default=0, max_digits=8)
