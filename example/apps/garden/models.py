"""What members grow at home."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.plant_identification.models import Species


class Garden(models.Model):
    """A member's garden, balcony or window sill."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="gardens")
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Planting(models.Model):
    """A plant in a garden."""

    garden = models.ForeignKey(Garden, on_delete=models.CASCADE, related_name="plantings")
    species = models.ForeignKey(Species, on_delete=models.PROTECT, related_name="plantings")
    nickname = models.CharField(max_length=60, blank=True, default="")
    planted_on = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.nickname or str(self.species)


class Watering(models.Model):
    """A plant was watered."""

    planting = models.ForeignKey(Planting, on_delete=models.CASCADE, related_name="waterings")
    watered_on = models.DateField()
    millilitres = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(millilitres__isnull=True) | Q(millilitres__lte=100_000),
                name="garden_watering_plausible",
            )
        ]

    def __str__(self) -> str:
        return f"{self.planting} on {self.watered_on}"
