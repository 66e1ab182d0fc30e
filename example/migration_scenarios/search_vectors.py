"""What ``plant_identification.0011_fill_search_vectors`` promises: species older than the trigger."""

from django_switchback.scenarios import after, before, reapplied, restored

MIGRATION = "plant_identification.0011_fill_search_vectors"


@before(MIGRATION)
def species_from_before_the_trigger(apps):
    species = apps.get_model("plant_identification", "Species").objects
    known = list(species.order_by("pk").values_list("pk", flat=True)[:3])
    species.filter(pk__in=known).update(search_vector=None)


@after(MIGRATION)
@reapplied(MIGRATION)
def all_can_be_searched(apps, connection):
    species = apps.get_model("plant_identification", "Species").objects
    if connection.vendor == "postgresql":
        assert not species.filter(search_vector=None).exists()


@restored(MIGRATION)
def those_are_without_a_vector_again(apps):
    species = apps.get_model("plant_identification", "Species").objects
    assert species.filter(search_vector=None).exists()
