"""The blog app's place in the project."""

from django.apps import AppConfig


class BlogConfig(AppConfig):
    """Articles by members."""

    name = "apps.blog"
    verbose_name = "Blog"
