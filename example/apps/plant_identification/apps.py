"""The plant_identification app's place in the project."""

from django.apps import AppConfig


class PlantIdentificationConfig(AppConfig):
    """Species, their care, and photographs to be named."""

    name = "apps.plant_identification"
    verbose_name = "Plant identification"
