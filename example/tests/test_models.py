"""What the models promise."""

from datetime import date

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.test import TestCase
from django.utils import timezone

from apps.blog.models import Post, Tag, Tagging
from apps.core.models import SiteSettings
from apps.forum.models import Board, Label, Message, Report, Thread
from apps.garden.models import Garden, Planting, Watering
from apps.plant_identification.models import Species


class BlogModels(TestCase):
    """Posts and their tags."""

    def setUp(self) -> None:
        self.author = get_user_model().objects.create_user("flora")

    def test_published_post_gets_a_slug_that_it_keeps(self) -> None:
        """A slug is made of the title once, and never changes with it."""
        post = Post.objects.create(
            author=self.author, title="Repotting ferns", status="published", published_at=timezone.now()
        )
        self.assertEqual(post.slug, f"repotting-ferns-{post.pk}")
        post.title = "Repotting your ferns"
        post.save()
        post.refresh_from_db()
        self.assertEqual(post.slug, f"repotting-ferns-{post.pk}")

    def test_title_without_letters_still_gets_a_slug(self) -> None:
        """A title that slugify() leaves nothing of is no reason to have no address."""
        post = Post.objects.create(
            author=self.author, title="🌿", status="published", published_at=timezone.now()
        )
        self.assertEqual(post.slug, f"post-{post.pk}")

    def test_drafts_have_no_slug(self) -> None:
        """Two drafts do not clash over an empty slug."""
        drafts = [Post.objects.create(author=self.author, title="Same") for _ in range(2)]
        self.assertEqual([draft.slug for draft in drafts], [None, None])

    def test_published_post_needs_a_date(self) -> None:
        """The database refuses a published post without a date."""
        with self.assertRaises(IntegrityError), transaction.atomic():
            Post.objects.create(author=self.author, title="When?", status="published")

    def test_a_tag_is_on_a_post_once(self) -> None:
        """The constraint of the plain many-to-many table came along to the through model."""
        post = Post.objects.create(author=self.author, title="Moss")
        tag = Tag.objects.create(name="moss")
        post.tags.add(tag, through_defaults={"added_by": self.author})
        with self.assertRaises(IntegrityError), transaction.atomic():
            Tagging.objects.create(post=post, tag=tag)


class ForumModels(TestCase):
    """Labels and reports."""

    def test_label_names_differ_by_more_than_case(self) -> None:
        """The index is on the lower-cased name."""
        Label.objects.create(name="Solved")
        with self.assertRaises(IntegrityError), transaction.atomic():
            Label.objects.create(name="solved")

    def test_one_open_report_a_member_and_message(self) -> None:
        """A resolved report makes room for a new one."""
        member = get_user_model().objects.create_user("flora")
        thread = Thread.objects.create(
            board=Board.objects.create(name="Pests"), author=member, title="Aphids"
        )
        message = Message.objects.create(thread=thread, author=member, text="Buy cheap aphids")
        report = Report.objects.create(message=message, reporter=member)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Report.objects.create(message=message, reporter=member)
        report.resolved_at = timezone.now()
        report.save()
        Report.objects.create(message=message, reporter=member)


class PlantModels(TestCase):
    """Species and the search for them."""

    def setUp(self) -> None:
        self.monstera = Species.objects.create(
            scientific_name="Monstera deliciosa",
            common_name="Swiss cheese plant",
            description="Climbing leaves.",
        )
        Species.objects.create(scientific_name="Ficus lyrata", common_name="Fiddle-leaf fig")

    def test_search_by_part_of_a_name(self) -> None:
        """Half a word of the scientific name is enough, on every database."""
        self.assertEqual(list(Species.objects.search("monst")), [self.monstera])

    def test_search_by_description(self) -> None:
        """The description is searched."""
        self.assertEqual(list(Species.objects.search("leaves")), [self.monstera])

    def test_the_database_keeps_the_search_column(self) -> None:
        """On PostgreSQL the trigger fills the column; elsewhere nobody does."""
        self.monstera.refresh_from_db()
        self.assertEqual(self.monstera.search_vector is not None, connection.vendor == "postgresql")


class OtherModels(TestCase):
    """Gardens and settings."""

    def test_watering_must_be_plausible(self) -> None:
        """The check knows how much a pot can take."""
        owner = get_user_model().objects.create_user("flora")
        garden = Garden.objects.create(owner=owner, name="Balcony")
        planting = Planting.objects.create(
            garden=garden, species=Species.objects.create(scientific_name="Mentha")
        )
        Watering.objects.create(planting=planting, watered_on=date(2025, 5, 1), millilitres=200)
        with self.assertRaises(IntegrityError), transaction.atomic():
            Watering.objects.create(planting=planting, watered_on=date(2025, 5, 2), millilitres=100_001)

    def test_page_size_falls_back_to_the_default(self) -> None:
        """No row, or an empty column, means the default."""
        self.assertEqual(SiteSettings.page_size("plants.example"), 10)
        SiteSettings.objects.create(domain="plants.example", posts_per_page=3)
        self.assertEqual(SiteSettings.page_size("plants.example"), 3)
