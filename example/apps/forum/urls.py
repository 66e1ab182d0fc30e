"""The addresses of the forum."""

from django.urls import path

from . import views

app_name = "forum"
urlpatterns = [
    path("", views.ThreadList.as_view(), name="thread-list"),
    path("<int:pk>/", views.ThreadDetail.as_view(), name="thread-detail"),
]
