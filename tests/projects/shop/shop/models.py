from django.conf import settings
from django.db import models


class Customer(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    name = models.CharField(max_length=200)
    # Two changes that no migration holds and that makemigrations would ask a person about.
    city = models.CharField(max_length=80)
    rank = models.IntegerField()


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    placed = models.DateTimeField(auto_now_add=True)
    about = models.ForeignKey("contenttypes.ContentType", models.CASCADE)
    note = models.TextField()
    total = models.DecimalField(max_digits=8, decimal_places=2, null=True)


class Badge(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE)
    name = models.CharField(max_length=20)
