"""The pages of the forum."""

from django.db.models import F, Prefetch
from django.views.generic import DetailView, ListView

from .models import Message, Thread


class ThreadList(ListView):
    """Threads, liveliest first."""

    queryset = Thread.objects.select_related("board", "author").order_by(
        F("last_activity_at").desc(nulls_last=True), "pk"
    )
    template_name = "forum/thread_list.html"
    context_object_name = "threads"
    paginate_by = 20


class ThreadDetail(DetailView):
    """One thread and its messages; of a deleted message only the place is shown."""

    queryset = Thread.objects.select_related("board", "author").prefetch_related(
        "labels",
        Prefetch("messages", Message.objects.select_related("author").order_by("created_at", "pk")),
    )
    template_name = "forum/thread_detail.html"
    context_object_name = "thread"
