"""Species, their care, and photographs to be named."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connections, models
from django.db.models import Q
from django.urls import reverse


class SpeciesQuerySet(models.QuerySet["Species"]):
    """Searches that use what the database at hand can do."""

    def search(self, words: str) -> "SpeciesQuerySet":
        """Species whose names or description hold the words: full text on PostgreSQL, LIKE elsewhere."""
        if connections[self.db].vendor == "postgresql":
            return self.filter(
                Q(search_vector=SearchQuery(words, config="simple"))
                | Q(search_vector=SearchQuery(words, config="english"))
                | Q(scientific_name__icontains=words)
            )
        return self.filter(
            Q(scientific_name__icontains=words)
            | Q(common_name__icontains=words)
            | Q(description__icontains=words)
        )


class Species(models.Model):
    """A kind of plant."""

    scientific_name = models.CharField(max_length=200)
    common_name = models.CharField(max_length=200, blank=True, default="")
    family = models.CharField(max_length=100, blank=True, default="")
    description = models.TextField(blank=True, default="")
    # NOTE: kept by a trigger on PostgreSQL (0010), always empty on SQLite.
    search_vector = SearchVectorField(null=True, editable=False)

    objects = SpeciesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "species"
        indexes = [
            models.Index(fields=["family", "scientific_name"], name="plant_species_family_idx"),
            GinIndex(fields=["search_vector"], name="plant_species_search_gin"),
            GinIndex(fields=["scientific_name"], opclasses=["gin_trgm_ops"], name="plant_species_name_trgm"),
        ]

    def __str__(self) -> str:
        return self.scientific_name

    def get_absolute_url(self) -> str:
        """Where the species is described."""
        return reverse("plants:species-detail", kwargs={"pk": self.pk})


class CareSheet(models.Model):
    """How to keep a species alive."""

    class Light(models.TextChoices):
        """How bright a place it wants."""

        SHADE = "shade"
        MEDIUM = "medium"
        SUN = "sun"

    species = models.OneToOneField(
        Species, on_delete=models.CASCADE, primary_key=True, related_name="care_sheet"
    )
    light = models.CharField(max_length=12, choices=Light, default=Light.MEDIUM, db_default="medium")
    watering_days = models.PositiveSmallIntegerField(null=True, blank=True)
    toxic_to_pets = models.BooleanField(default=False, db_default=False)
    frost_hardy = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"Care of {self.species}"


class Identification(models.Model):
    """A member's photograph, and the species that it turned out to be."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="identifications"
    )
    species = models.ForeignKey(
        Species, on_delete=models.SET_NULL, null=True, blank=True, related_name="identifications"
    )
    photo = models.FileField(upload_to="identifications/", blank=True, default="")
    note = models.TextField(blank=True, default="")
    confidence = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    is_public = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="plant_ident_user_recent_idx"),
            models.Index(
                fields=["created_at"], name="plant_ident_waiting_idx", condition=Q(species__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.species or 'not yet identified'}"
