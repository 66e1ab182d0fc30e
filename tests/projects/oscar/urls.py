"""The shop's pages: Oscar's checks and models want their addresses to exist."""

from django.apps import apps
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [path("", include(apps.get_app_config("oscar").urls[0]))]
