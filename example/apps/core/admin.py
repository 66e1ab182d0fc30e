"""The core app in the admin."""

from django.contrib import admin
from django.http import HttpRequest

from .models import ParkedRow, SiteSettings


@admin.register(SiteSettings)
class SiteSettingsAdmin(admin.ModelAdmin):
    list_display = ["domain", "language", "posts_per_page", "registration_open"]
    search_fields = ["domain"]


@admin.register(ParkedRow)
class ParkedRowAdmin(admin.ModelAdmin):
    """To be looked at; migrations alone may write it."""

    list_display = ["key", "migration", "model", "object_id"]
    list_filter = ["migration"]
    search_fields = ["key"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ParkedRow | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ParkedRow | None = None) -> bool:
        return False
