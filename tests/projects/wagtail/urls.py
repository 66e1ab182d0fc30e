"""No page is served: Wagtail's checks want a URL configuration to exist."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
