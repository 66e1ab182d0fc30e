"""What ``blog.0005_fill_post_slugs`` promises: addresses that authors chose are nobody else's to change."""

from django_switchback.scenarios import after, before, reapplied, restored

MIGRATION = "blog.0005_fill_post_slugs"


@before(MIGRATION)
def posts_of_every_kind(apps):
    author = apps.get_model("users", "User").objects.first()
    posts = apps.get_model("blog", "Post").objects
    posts.create(author=author, title="Moving a monstera", slug="moving-day")
    posts.create(author=author, title="Re-potting: when, and how?", slug=None)
    posts.create(author=author, title="多肉植物", slug=None)


@after(MIGRATION)
@reapplied(MIGRATION)
def every_post_has_an_address(apps):
    posts = apps.get_model("blog", "Post").objects
    assert not posts.filter(slug=None).exists()
    titled = posts.get(title="Re-potting: when, and how?")
    assert titled.slug == f"re-potting-when-and-how-{titled.pk}"
    assert posts.get(title="Moving a monstera").slug == "moving-day"


@after(MIGRATION)
def an_author_goes_on_writing(apps):
    author = apps.get_model("users", "User").objects.first()
    apps.get_model("blog", "Post").objects.create(author=author, title="Winter light", slug="winter-light")


@restored(MIGRATION)
def chosen_addresses_stay_and_made_ones_go(apps):
    posts = apps.get_model("blog", "Post").objects
    assert posts.get(title="Moving a monstera").slug == "moving-day"
    assert posts.get(title="Winter light").slug == "winter-light"
    assert posts.get(title="多肉植物").slug is None
