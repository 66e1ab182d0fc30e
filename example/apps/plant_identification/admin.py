"""Plant identification in the admin."""

from django.contrib import admin

from .models import CareSheet, Identification, Species


class CareSheetInline(admin.StackedInline):
    model = CareSheet


@admin.register(Species)
class SpeciesAdmin(admin.ModelAdmin):
    list_display = ["scientific_name", "common_name", "family"]
    search_fields = ["scientific_name", "common_name"]
    inlines = [CareSheetInline]


@admin.register(Identification)
class IdentificationAdmin(admin.ModelAdmin):
    list_display = ["user", "species", "confidence", "is_public", "created_at"]
    list_filter = ["is_public"]
    list_select_related = ["user", "species"]
    autocomplete_fields = ["user", "species"]
