"""The addresses of the site."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="blog:post-list"), name="home"),
    path("admin/", admin.site.urls),
    path("blog/", include("apps.blog.urls")),
    path("forum/", include("apps.forum.urls")),
    path("plants/", include("apps.plant_identification.urls")),
]
