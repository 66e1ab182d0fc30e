"""``.env.example`` says of every variable what the code does with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from django_switchback.config.config import load_config
from django_switchback.config.options import ALL_OPTIONS, Option
from django_switchback.config.sources import VARIABLES

EXAMPLE = Path(__file__).parents[1] / ".env.example"


def comments() -> dict[str, str]:
    """Return the comment above each variable, in one line."""
    found: dict[str, str] = {}
    for block in EXAMPLE.read_text().split("\n\n"):
        *above, last = block.strip().splitlines()
        name, equals, value = last.partition("=")
        if equals and not last.startswith("#"):
            assert value == "", f"{name} says something"
            assert name not in found, f"{name} is there twice"
            found[name] = " ".join(line.removeprefix("# ") for line in above if line.startswith("# "))
    return found


def test_every_variable_is_there() -> None:
    """Every variable that is read has a comment, and there is no other."""
    found = comments()
    assert sorted(found) == sorted(VARIABLES)
    assert all(found.values()), found
    assert EXAMPLE.read_text().count("=\n") == len(found)


@pytest.mark.parametrize("option", ALL_OPTIONS, ids=[option.name for option in ALL_OPTIONS])
def test_defaults(option: Option) -> None:
    """The comment names the default that ``--help`` shows."""
    comment = comments()[option.variable]
    assert comment
    if option.shown is not None:
        assert comment.endswith(f"Default: {option.shown}."), comment


def test_it_can_be_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of it as it is changes nothing."""
    (tmp_path / "manage.py").write_text('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b")\n')
    monkeypatch.chdir(tmp_path)
    without = load_config({}, {}, tmp_path)
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert load_config({}, {}, tmp_path) == without
