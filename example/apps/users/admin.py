"""The users app in the admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from .models import LoginEvent, Profile, User

admin.site.register(User, UserAdmin)


@admin.register(Profile)
class ProfileAdmin(admin.ModelAdmin):
    list_display = ["user", "location", "website"]
    search_fields = ["user__username", "location"]
    autocomplete_fields = ["user"]
    list_select_related = ["user"]


@admin.register(LoginEvent)
class LoginEventAdmin(admin.ModelAdmin):
    list_display = ["user", "network", "happened_at"]
    date_hierarchy = "happened_at"
    autocomplete_fields = ["user"]
    list_select_related = ["user"]
