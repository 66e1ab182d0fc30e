from django.db import models


class Kept(models.Model):
    text = models.TextField(default="")
