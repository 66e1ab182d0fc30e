"""The addresses of plant identification."""

from django.urls import path

from . import views

app_name = "plants"
urlpatterns = [
    path("", views.SpeciesList.as_view(), name="species-list"),
    path("<int:pk>/", views.SpeciesDetail.as_view(), name="species-detail"),
]
