"""pretalx serves its own pages."""

from pretalx.urls import urlpatterns

__all__ = ["urlpatterns"]
