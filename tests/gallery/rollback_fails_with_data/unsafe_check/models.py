from django.db import models


class Note(models.Model):
    price = models.DecimalField(decimal_places=2, max_digits=8)
