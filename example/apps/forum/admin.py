"""The forum in the admin."""

from django.contrib import admin

from .models import Board, Label, Message, Reaction, Report, Thread


@admin.register(Board)
class BoardAdmin(admin.ModelAdmin):
    list_display = ["name"]
    search_fields = ["name"]


@admin.register(Label)
class LabelAdmin(admin.ModelAdmin):
    list_display = ["name", "colour"]
    search_fields = ["name"]


@admin.register(Thread)
class ThreadAdmin(admin.ModelAdmin):
    list_display = ["title", "board", "author", "is_closed", "last_activity_at"]
    list_filter = ["board", "is_closed", "labels"]
    list_select_related = ["board", "author"]
    search_fields = ["title"]
    autocomplete_fields = ["board", "author", "labels"]


@admin.register(Message)
class MessageAdmin(admin.ModelAdmin):
    list_display = ["__str__", "thread", "author", "created_at", "deleted_at"]
    list_select_related = ["thread", "author"]
    search_fields = ["text"]
    autocomplete_fields = ["thread", "author"]


@admin.register(Reaction)
class ReactionAdmin(admin.ModelAdmin):
    list_display = ["emoji", "message", "user"]
    list_select_related = ["message", "user"]
    autocomplete_fields = ["message", "user"]


@admin.register(Report)
class ReportAdmin(admin.ModelAdmin):
    list_display = ["message", "reporter", "reason", "created_at", "resolved_at"]
    list_filter = ["reason"]
    list_select_related = ["message", "reporter"]
    autocomplete_fields = ["message", "reporter"]
