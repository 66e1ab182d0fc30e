"""Accounts, profiles and sign-ins."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone


class User(AbstractUser):
    """A member's account; what a member tells about themselves is in ``Profile``."""


class Profile(models.Model):
    """What a member tells about themselves."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="profile"
    )
    bio = models.TextField(blank=True, default="")
    location = models.CharField(max_length=120, blank=True, default="")
    website = models.CharField(max_length=200, null=True, blank=True)

    def __str__(self) -> str:
        return f"Profile of {self.user}"


class LoginEvent(models.Model):
    """A sign-in, with the network it came from; the full address is not kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="logins")
    network = models.CharField(max_length=50, null=True, blank=True)
    user_agent = models.CharField(max_length=400, blank=True, default="")
    happened_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.user} at {self.happened_at:%Y-%m-%d %H:%M}"
