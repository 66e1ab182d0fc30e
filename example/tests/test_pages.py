"""What visitors and staff get to see."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import TestCase
from django.urls import reverse
from django.utils import timezone

from apps.blog.models import Post, Tag
from apps.forum.models import Board, Message, Thread
from apps.plant_identification.models import CareSheet, Species
from apps.users.models import LoginEvent
from apps.users.networks import network_of


class PublicPages(TestCase):
    """The pages that need no account."""

    def setUp(self) -> None:
        self.author = get_user_model().objects.create_user("flora", password="photosynthesis")

    def test_blog_shows_published_posts_only(self) -> None:
        """A draft is in neither the list nor at an address of its own."""
        post = Post.objects.create(
            author=self.author, title="Repotting", status="published", published_at=timezone.now()
        )
        post.tags.add(Tag.objects.create(name="spring"))
        draft = Post.objects.create(author=self.author, title="Unfinished", slug="unfinished")
        self.assertContains(self.client.get(reverse("blog:post-list")), "Repotting")
        self.assertNotContains(self.client.get(reverse("blog:post-list")), "Unfinished")
        self.assertContains(self.client.get(post.get_absolute_url()), "spring")
        self.assertEqual(self.client.get(draft.get_absolute_url()).status_code, 404)

    def test_plants_are_searched_and_shown(self) -> None:
        """The search narrows the list; the page of a species shows its care, if there is a sheet."""
        fern = Species.objects.create(scientific_name="Adiantum raddianum")
        mint = Species.objects.create(scientific_name="Mentha spicata")
        CareSheet.objects.create(species=fern, watering_days=2)
        found = self.client.get(reverse("plants:species-list"), {"q": "adiant"})
        self.assertContains(found, "Adiantum")
        self.assertNotContains(found, "Mentha")
        self.assertContains(self.client.get(fern.get_absolute_url()), "every 2 days")
        self.assertNotContains(self.client.get(mint.get_absolute_url()), "Toxic to pets")

    def test_thread_hides_what_was_deleted(self) -> None:
        """A deleted message keeps its place and loses its text."""
        thread = Thread.objects.create(
            board=Board.objects.create(name="Pests"), author=self.author, title="Aphids"
        )
        Message.objects.create(thread=thread, author=self.author, text="Try soap")
        Message.objects.create(
            thread=thread, author=self.author, text="Something rude", deleted_at=timezone.now()
        )
        page = self.client.get(thread.get_absolute_url())
        self.assertContains(page, "Try soap")
        self.assertContains(page, "This message was deleted.")
        self.assertNotContains(page, "Something rude")
        self.assertContains(self.client.get(reverse("forum:thread-list")), "Aphids")

    def test_signing_in_keeps_the_network_only(self) -> None:
        """The record of a sign-in has the network and no address."""
        staff = get_user_model().objects.create_superuser("gardener", password="photosynthesis")
        self.client.post(
            reverse("admin:login"),
            {"username": "gardener", "password": "photosynthesis"},
            REMOTE_ADDR="203.0.113.77",
        )
        self.assertEqual(LoginEvent.objects.get(user=staff).network, "203.0.113.0/24")

    def test_networks(self) -> None:
        """/24 for IPv4, mapped into IPv6 or not; /48 for IPv6; nothing for anything else."""
        self.assertEqual(network_of("203.0.113.77"), "203.0.113.0/24")
        self.assertEqual(network_of("::ffff:203.0.113.77"), "203.0.113.0/24")
        self.assertEqual(network_of("2001:db8:1:2::3"), "2001:db8:1::/48")
        self.assertIsNone(network_of(None))
        self.assertIsNone(network_of("unknown"))


class AdminPages(TestCase):
    """Every model that is registered can be listed, and added where that is allowed."""

    def test_admin_pages_load(self) -> None:
        """Lists, searches and forms answer."""
        staff = get_user_model().objects.create_superuser("gardener", password="photosynthesis")
        self.client.force_login(staff)
        for model, model_admin in admin.site._registry.items():
            names = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            with self.subTest(model=model._meta.label):
                query = {"q": "leaf"} if model_admin.search_fields else {}
                self.assertEqual(self.client.get(reverse(f"{names}_changelist"), query).status_code, 200)
                may_add = model._meta.model_name != "parkedrow"
                self.assertEqual(
                    self.client.get(reverse(f"{names}_add")).status_code, 200 if may_add else 403
                )
