"""The vendor of a project's own engine is known without its driver."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from django_switchback.worker.project.engines import vendor_of


@pytest.mark.parametrize(
    ("engine", "vendor"),
    [
        ("django.db.backends.mysql", "mysql"),
        ("django.contrib.gis.db.backends.mysql", "mysql"),
        ("django.db.backends.oracle", "oracle"),
        ("django.db.backends.sqlite3", "sqlite"),
        ("django.contrib.gis.db.backends.postgis", "postgresql"),
        ("nowhere.to.be.found", ""),
        ("", ""),
    ],
)
def test_known_engines(engine: str, vendor: str) -> None:
    """Those that Django brings, whatever is installed."""
    assert vendor_of(engine) == vendor


@pytest.mark.parametrize(
    ("source", "vendor"),
    [
        ("import missing\n\nclass DatabaseWrapper:\n    vendor = 'snowflake'\n", "snowflake"),
        ("from django.db.backends.mysql.base import DatabaseWrapper as Parent\nimport missing\n", "mysql"),
        ("from django.db.backends.mysql import base\nimport missing\n", "mysql"),
        ("from django.db.backends import mysql\nimport missing\n", "mysql"),
        ("import django.db.backends.oracle.base\nimport missing\n", "oracle"),
        ("class DatabaseWrapper:\n    vendor = 'postgresql'\n", "postgresql"),
        ("this is no Python", ""),
    ],
)
def test_other_engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, vendor: str) -> None:
    """One that cannot be imported is read."""
    name = f"pooled_{abs(hash(source))}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    (tmp_path / name / "base.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    assert vendor_of(name) == vendor
    sys.modules.pop(name, None)
