"""The garden app's place in the project."""

from django.apps import AppConfig


class GardenConfig(AppConfig):
    """What members grow at home."""

    name = "apps.garden"
    verbose_name = "Garden"
