"""Code whose result may differ tomorrow is recognised; what every migration says is not."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from django_switchback.worker.dependencies.modules import is_quiet
from django_switchback.worker.dependencies.unstable_code import ReachedCode, Reading


def read(migration: str, imported: str = "", models: tuple[str, ...] = ("Post",)) -> Reading:
    """Read the source of a migration, and of a module that it imports."""
    code = ReachedCode([ast.parse(dedent(imported))], frozenset(models))
    return code.read([ast.parse(dedent(migration))])


@pytest.mark.parametrize(
    "code",
    [
        "def fill(): return timezone.now()",
        "def fill(): return date.today()",
        "def fill(): return time.time()",
        "def fill(): return uuid.uuid4()",
        "def fill(): return os.environ['KEY']",
        "import requests\ndef fill(): return requests.get('https://example.org')",
        "def fill(): return os.path.exists('rows.json')",
        "def fill(): return import_module(name)",
        "from random import choice\ndef fill(): return choice([1, 2])",
        "import requests as web\ndef fill(): return web.get('https://example.org')",
        "from time import time as clock\ndef fill(): return clock()",
        "migrations.RunSQL(\"COPY blog_post FROM '/srv/rows.csv'\")",
        "def fill(): return queryset.order_by('?')",
        "migrations.RunSQL('UPDATE blog_post SET made = now()')",
        "migrations.RunSQL('UPDATE blog_post SET made = CURRENT_TIMESTAMP')",
        "models.DateField(default=timezone.localdate())",
    ],
)
def test_unstable(code: str) -> None:
    """The clock, chance, the environment, hosts, and code that no syntax tree shows."""
    assert read(code).unstable


@pytest.mark.parametrize(
    "code",
    [
        "models.DateTimeField(default=django.utils.timezone.now)",
        "models.UUIDField(default=uuid.uuid4)",
        "models.DateField(auto_now_add=True)",
        "def fill(): return timezone.localtime(row.made)",
        "def fill(): return queryset.exists()",
        "'''Fills the date of now (see the ticket).'''",
        "migrations.RunSQL('UPDATE blog_post SET known = 1')",
    ],
)
def test_stable(code: str) -> None:
    """Defaults that are only named, conversions, and text for readers."""
    assert read(code) == Reading("", uses_live_models=False)


def test_reached() -> None:
    """Of a module that is imported, only what the migration reaches counts, over several functions."""
    module = """
        def label(): return stamp()
        def stamp(): return timezone.now()
        def other(): return 1
    """
    assert read("from blog.words import label", module).unstable
    assert not read("from blog.words import other", module).unstable
    drawn = "from random import randint\ndef label(): return randint(1, 6)"
    assert read("from blog.words import label", drawn).unstable


def test_at_import() -> None:
    """What a module does when it is imported counts in any case."""
    assert read("from blog.words import other", "LIMIT = os.environ['LIMIT']\ndef other(): return 1").unstable


def test_methods_of_models() -> None:
    """Methods of models count if they are named, or called by Django."""
    module = """
        class Post(models.Model):
            def is_old(self): return self.made < timezone.now()
    """
    assert not read("upload_to=blog.models.Post", module).unstable
    assert read("upload_to=blog.models.Post.is_old", module).unstable
    assert read("upload_to=blog.models.Post", module.replace("is_old", "clean")).unstable


@pytest.mark.parametrize(
    ("code", "live"),
    [
        ("from blog.models import Post", True),
        ("import blog.models\nblog.models.Post.objects.all()", True),
        ("get_user_model().objects.all()", True),
        ("from django.apps import apps", True),
        ("Post = apps.get_model('blog', 'Post')", False),
        ("from blog.models import upload_to", False),
        ("models.CharField()", False),
    ],
)
def test_live_models(code: str, live: bool) -> None:
    """A migration that may use models at head is told from one that asks for its own."""
    assert read(code).uses_live_models is live


@pytest.mark.parametrize(
    ("code", "quiet"),
    [
        ("import os\nLIMIT = 3\nclass A: pass\ndef f(): pass\n'text'", True),
        ("admin.site.register(Post)", True),
        ("try:\n    import json\nexcept ImportError:\n    json = None", True),
        ("CharField.register_lookup(Words)", False),
        ("@CharField.register_lookup\nclass Words: pass", False),
        ("Field.max_length = 3", False),
        ("signals.connect()", False),
        ("for name in NAMES:\n    setup(name)", False),
    ],
)
def test_quiet(code: str, quiet: bool) -> None:
    """A module that changes others when it is imported is told from one that defines names."""
    assert is_quiet(ast.parse(code)) is quiet
