"""The users app's place in the project."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Accounts, profiles and sign-ins."""

    name = "apps.users"
    verbose_name = "Users"

    def ready(self) -> None:
        """Record sign-ins from now on."""
        from . import signals  # noqa: F401  connects its receivers
