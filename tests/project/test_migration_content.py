"""The digest of a migration's content: what changes it, and what does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.evidence import MigrationFact, MigrationName
from django_switchback.project.migration_content import content_digest, content_digests

SOURCE = b'''"""Forget addresses."""

from django.db import migrations


def forget(apps, schema_editor):
    """Empty the column."""
    apps.get_model("users", "Login").objects.update(address="")


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]
    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
'''
FORMATTED = b'''# Copyright
"""Forget addresses, which must not be kept.

switchback: acknowledge rollback-loses-data: full addresses must not be kept
"""
from django.db import migrations
def forget(apps, schema_editor):
    apps.get_model('users', 'Login').objects.update(
        address='',  # nothing is kept
    )



class Migration(migrations.Migration):
    dependencies = [('users', '0001_initial'),]
    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
    ]
'''


def test_how_it_is_written_down_does_not_count() -> None:
    """Comments, blank lines, quotes, line breaks and docstrings change nothing."""
    assert content_digest(FORMATTED) == content_digest(SOURCE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'address=""', b'address="x"'),
        (b"update", b"filter"),
        (b'("users", "0001_initial")', b'("users", "0002_more")'),
        (b"migrations.RunPython.noop", b"None"),
        (b", migrations.RunPython.noop", b""),
        (b"class Migration", b"atomic = False\n\n\nclass Migration"),
        (b"class Migration", b"class Migration("),
    ],
)
def test_what_it_does_counts(before: bytes, after: bytes) -> None:
    """Any change of the code is another content, even if the code is no Python."""
    assert content_digest(SOURCE.replace(before, after)) != content_digest(SOURCE)


def test_the_digest_is_the_same_everywhere() -> None:
    """Acknowledgements and baselines hold digests, so no version of Python or of this may change them."""
    assert content_digest(SOURCE) == "d490abe53665"


def test_only_targets_with_a_file_have_a_digest(tmp_path: Path) -> None:
    """Other migrations are not read, and a file that is not there is left out."""
    (tmp_path / "0001_initial.py").write_bytes(SOURCE)
    facts = [
        MigrationFact(MigrationName("users", name), f"{name}.py", first_party=True)
        for name in ("0001_initial", "0002_gone", "0003_other")
    ]
    found = content_digests(tmp_path, facts, tuple(fact.id for fact in facts[:2]))
    assert found == {"users.0001_initial": content_digest(SOURCE)}
