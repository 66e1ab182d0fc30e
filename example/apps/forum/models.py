"""Boards, threads and messages."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse


class Board(models.Model):
    """A subject that threads are about."""

    name = models.CharField(max_length=80)
    description = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return self.name


class Label(models.Model):
    """A mark that moderators put on threads; case makes no difference."""

    name = models.CharField(max_length=40)
    colour = models.CharField(max_length=7, default="#4c9a2a")

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="forum_label_name_ci_uniq")]

    def __str__(self) -> str:
        return self.name


class Thread(models.Model):
    """A conversation."""

    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="threads")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="threads")
    title = models.CharField(max_length=200)
    is_closed = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_activity_at = models.DateTimeField(null=True, blank=True)
    labels = models.ManyToManyField(Label, related_name="threads", blank=True)

    class Meta:
        indexes = [models.Index(fields=["board", "-last_activity_at"], name="forum_thread_active_idx")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where the thread is read."""
        return reverse("forum:thread-detail", kwargs={"pk": self.pk})


class Message(models.Model):
    """One contribution to a thread; a deleted one keeps its place."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="messages")
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["thread", "created_at"],
                name="forum_message_shown_idx",
                condition=Q(deleted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Reaction(models.Model):
    """A member's reaction to a message."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reactions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reactions")
    emoji = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "user", "emoji"], name="forum_reaction_once_uniq")
        ]

    def __str__(self) -> str:
        return self.emoji


class Report(models.Model):
    """A member's complaint about a message; one open complaint a member and message."""

    class Reason(models.TextChoices):
        """What is wrong with the message."""

        SPAM = "spam"
        RUDE = "rude"
        WRONG = "wrong"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reports")
    reason = models.CharField(max_length=12, choices=Reason, default=Reason.SPAM)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["message", "reporter"],
                name="forum_report_open_uniq",
                condition=Q(resolved_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"
