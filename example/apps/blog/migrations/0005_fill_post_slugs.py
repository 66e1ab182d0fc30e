"""Slugs for the posts that have none.

Purpose: every post that was there before the column gets ``words-of-the-title-123``.

Risks: it walks over every post. It does so without one big transaction: each batch of 500 is its own, so
rows are locked briefly. If it stops half way, run it again: it goes on with the posts that have no slug.

Rollback: empties the slugs that this migration made, batch by batch, and can be run again too. Slugs given
by authors stay, those given since included.

Backup: which posts got a slug, and which, is parked in ``core_parkedrow`` in the same transaction.
"""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Model
from django.utils.text import slugify

from apps.core.migration_support.batches import in_batches
from apps.core.migration_support.parking import ReversibleChange

MIGRATION = "blog.0005_fill_post_slugs"


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    change = ReversibleChange(apps, schema_editor, MIGRATION, "blog.post")
    for batch in in_batches(change.rows.filter(slug__isnull=True)):
        slugs = {post.pk: slug_of(post) for post in batch}
        taken = set(change.rows.filter(slug__in=slugs.values()).values_list("slug", flat=True))
        for pk, slug in slugs.items():
            if slug in taken:
                slugs[pk] = free_slug(change, slug)
        change.apply([(post, {"slug": slugs[post.pk]}) for post in batch])


def slug_of(post: Model) -> str:
    """A slug with the key in it, so that it depends on this post alone."""
    return f"{slugify(post.title)[:50].strip('-') or 'post'}-{post.pk}"


def free_slug(change: ReversibleChange, slug: str) -> str:
    """The slug with a number, for when an author has taken even that."""
    again = 2
    while change.rows.filter(slug=f"{slug}-{again}").exists():
        again += 1
    return f"{slug}-{again}"


def empty(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    ReversibleChange(apps, schema_editor, MIGRATION, "blog.post").undo()


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("blog", "0004_post_slug"), ("core", "0001_initial")]

    operations = [migrations.RunPython(fill, empty)]
