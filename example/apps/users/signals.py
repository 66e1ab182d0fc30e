"""What happens when a member signs in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from .models import LoginEvent, User
from .networks import network_of


@receiver(user_logged_in)
def record_login(sender: type[User], request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """Keep the time and the network of a sign-in, never the full address."""
    meta = request.META if request is not None else {}
    LoginEvent.objects.create(
        user=user,
        network=network_of(meta.get("REMOTE_ADDR")),
        user_agent=meta.get("HTTP_USER_AGENT", "")[:400],
    )
