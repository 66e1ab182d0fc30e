"""What every other app may rely on."""

from django.db import models


class ParkedRow(models.Model):
    """What a data migration replaced or put in, kept so that its rollback can undo exactly that.

    Rows are written and deleted by ``apps.core.migration_support.parking`` alone. The key is made of what
    the row is about, so that rolling back and applying again leaves the same rows behind.
    """

    key = models.CharField(max_length=250, primary_key=True)
    migration = models.CharField(max_length=150)
    model = models.CharField(max_length=100)
    object_id = models.BigIntegerField()
    payload = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["migration", "model"], name="core_parkedrow_owner_idx")]

    def __str__(self) -> str:
        return self.key


class SiteSettings(models.Model):
    """How the site behaves under one of its domain names; an empty column means the default."""

    domain = models.CharField(max_length=100)
    language = models.CharField(max_length=12, null=True, blank=True)
    posts_per_page = models.PositiveIntegerField(null=True, blank=True)
    registration_open = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "site settings"

    def __str__(self) -> str:
        return self.domain

    @classmethod
    def page_size(cls, domain: str, default: int = 10) -> int:
        """The number of posts on a page under this domain."""
        size = cls.objects.filter(domain=domain).values_list("posts_per_page", flat=True).first()
        return size or default
