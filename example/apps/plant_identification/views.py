"""The pages of plant identification."""

from django.views.generic import DetailView, ListView

from .models import Species, SpeciesQuerySet


class SpeciesList(ListView):
    """Species by name, or those that match ``?q=``."""

    template_name = "plant_identification/species_list.html"
    context_object_name = "species_list"
    paginate_by = 20

    def get_queryset(self) -> SpeciesQuerySet:
        words = self.request.GET.get("q", "").replace("\x00", "").strip()
        species = Species.objects.search(words) if words else Species.objects.all()
        return species.order_by("scientific_name", "pk")


class SpeciesDetail(DetailView):
    """One species and its care."""

    queryset = Species.objects.select_related("care_sheet")
    template_name = "plant_identification/species_detail.html"
    context_object_name = "species"
