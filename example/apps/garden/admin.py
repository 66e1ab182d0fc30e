"""Gardens in the admin."""

from django.contrib import admin

from .models import Garden, Planting, Watering


@admin.register(Garden)
class GardenAdmin(admin.ModelAdmin):
    list_display = ["name", "owner"]
    list_select_related = ["owner"]
    search_fields = ["name"]
    autocomplete_fields = ["owner"]


@admin.register(Planting)
class PlantingAdmin(admin.ModelAdmin):
    list_display = ["__str__", "garden", "species", "planted_on"]
    list_select_related = ["garden", "species"]
    search_fields = ["nickname", "species__scientific_name"]
    autocomplete_fields = ["garden", "species"]


@admin.register(Watering)
class WateringAdmin(admin.ModelAdmin):
    list_display = ["planting", "watered_on", "millilitres"]
    list_select_related = ["planting__species"]
    date_hierarchy = "watered_on"
    autocomplete_fields = ["planting"]
