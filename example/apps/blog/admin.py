"""The blog in the admin."""

from django.contrib import admin

from .models import Category, Post, Tag, Tagging


class TaggingInline(admin.TabularInline):
    model = Tagging
    extra = 0
    autocomplete_fields = ["tag", "added_by"]


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name"]
    search_fields = ["name"]


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    search_fields = ["name"]


@admin.register(Post)
class PostAdmin(admin.ModelAdmin):
    list_display = ["title", "author", "category", "status", "published_at"]
    list_filter = ["status", "category"]
    list_select_related = ["author", "category"]
    search_fields = ["title", "body"]
    autocomplete_fields = ["author", "category"]
    inlines = [TaggingInline]
