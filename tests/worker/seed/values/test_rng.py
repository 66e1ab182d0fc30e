"""Chance that repeats."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from django_switchback.worker.seed.values.regex import text_matching
from django_switchback.worker.seed.values.rng import seeded_rng

PROGRAM = (
    "from django_switchback.worker.seed.values.rng import seeded_rng; print(seeded_rng(3, "
    "'shop_note', 1).random())"
)


def test_same_in_every_process() -> None:
    """Neither the process nor its hash seed changes what comes out."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert outputs == {f"{seeded_rng(3, 'shop_note', 1).random()}\n"}


@pytest.mark.parametrize(
    "pattern",
    [
        r"^\d{4}-[A-F0-9]{2}$",
        r"^(red|green)+$",
        r"^[^abc]{3}\w?$",
        r"^(?:a|b(?P<x>c))\Z",
        r"^\+?1?\d{9,15}$",
        r"^x.y*?$",
    ],
)
@pytest.mark.parametrize("place", range(5))
def test_text_for_a_pattern(pattern: str, place: int) -> None:
    """The text made for a regular expression matches it."""
    made = text_matching(pattern, 0, seeded_rng(0, place))
    assert made is not None
    assert re.search(pattern, made)


@pytest.mark.parametrize("pattern", ["[", "^(?=x)y$", r"(?!)"])
def test_no_text_for_a_pattern(pattern: str) -> None:
    """Where none is found, none is made up."""
    assert text_matching(pattern, 0, seeded_rng(0)) is None
