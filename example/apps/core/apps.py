"""The core app's place in the project."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """What every other app may rely on."""

    name = "apps.core"
    verbose_name = "Core"
