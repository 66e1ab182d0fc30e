"""A project that cannot be loaded is told why, and what to change."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from django_switchback.worker.project.load_error import load_error
from django_switchback.worker.replacements.missing_features import MissingAttribute


@pytest.mark.parametrize(
    ("setting", "line"),
    [
        ("CACHES['default']", 'keep = ["caches"]'),
        ("EMAIL_BACKEND", 'keep = ["mail"]'),
        ("STORAGES['default']", 'keep = ["storage"]'),
    ],
)
def test_a_replaced_setting_is_named(tmp_path: Path, setting: str, line: str) -> None:
    """With the line of the configuration that keeps the project's own."""
    config: Any = SimpleNamespace(
        project=str(tmp_path), settings="shop.settings", factory=SimpleNamespace(engine="sqlite")
    )
    refused = load_error(MissingAttribute(setting, "shop.Backend", "client"), config)
    assert f"a rehearsal replaces {setting}" in refused.reason
    assert f"keep it by {line} in" in refused.reason
    assert "replaces" not in load_error(ValueError("a typing error"), config).reason
