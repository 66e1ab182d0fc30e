"""The pages of the blog."""

from django.db.models import QuerySet
from django.views.generic import DetailView, ListView

from apps.core.models import SiteSettings

from .models import Post


class PostList(ListView):
    """Published posts, newest first."""

    queryset = (
        Post.objects.filter(status=Post.Status.PUBLISHED, slug__isnull=False)
        .select_related("author")
        .order_by("-published_at")
    )
    template_name = "blog/post_list.html"
    context_object_name = "posts"

    def get_paginate_by(self, queryset: QuerySet[Post]) -> int:
        return SiteSettings.page_size(self.request.get_host())


class PostDetail(DetailView):
    """One published post."""

    queryset = (
        Post.objects.filter(status=Post.Status.PUBLISHED)
        .select_related("author", "category")
        .prefetch_related("tags")
    )
    template_name = "blog/post_detail.html"
    context_object_name = "post"
