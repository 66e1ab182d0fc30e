"""The forum app's place in the project."""

from django.apps import AppConfig


class ForumConfig(AppConfig):
    """Boards, threads and messages."""

    name = "apps.forum"
    verbose_name = "Forum"
