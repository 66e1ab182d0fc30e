"""Articles by members."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.text import slugify


class Category(models.Model):
    """A part of the blog."""

    name = models.CharField(max_length=80)
    description = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that posts are found by."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """An article; it gets its slug when it is published."""

    class Status(models.TextChoices):
        """How far an article has come."""

        DRAFT = "draft"
        PUBLISHED = "published"
        ARCHIVED = "archived"

    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="posts")
    category = models.ForeignKey(
        Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="posts"
    )
    title = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True, null=True, blank=True)
    body = models.TextField(blank=True, default="")
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    tags = models.ManyToManyField(Tag, through="Tagging", related_name="posts", blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["-published_at"], name="blog_post_published_idx", condition=Q(status="published")
            ),
            models.Index(Lower("title"), name="blog_post_title_ci_idx"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False),
                name="blog_post_published_has_date",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Give a published post the slug that it keeps."""
        super().save(*args, **kwargs)
        if self.status == self.Status.PUBLISHED and not self.slug:
            self.slug = f"{slugify(self.title)[:50].strip('-') or 'post'}-{self.pk}"
            type(self).objects.filter(pk=self.pk).update(slug=self.slug)

    def get_absolute_url(self) -> str:
        """Where the post is read."""
        return reverse("blog:post-detail", kwargs={"slug": self.slug})


class Tagging(models.Model):
    """A tag on a post: who put it there, and its place in the list."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    position = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        # NOTE: the table that Django made for the plain ManyToManyField, unique_together included: see 0006.
        db_table = "blog_post_tags"
        unique_together = [("post", "tag")]
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.tag} on {self.post}"
