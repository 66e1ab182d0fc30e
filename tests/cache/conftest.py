"""What the tests of the cache share."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.cache.folder import CacheFolder


@pytest.fixture
def folder(tmp_path: Path) -> CacheFolder:
    """Give a new cache."""
    made = CacheFolder(tmp_path / "cache")
    made.create()
    return made
