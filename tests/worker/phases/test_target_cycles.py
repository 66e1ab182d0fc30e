"""The cycles of a part depend on no other part that the same process ran before."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import django
from django.conf import settings
from types import SimpleNamespace

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes"], DATABASES={})
django.setup()

from django_switchback.project.plan import Part
from django_switchback.worker.phases.target_cycles import Walk
from django_switchback.worker.seed.application.head_checks import CHECKED_ROWS

part = Part(database="sqlite", name="cycles", alias="default", kind="cycles", targets=())
migrator = SimpleNamespace(empty_state=object, prepare=lambda: None, plan=[])
CHECKED_ROWS.refusals["blog.Post", frozenset(), "{}"] = {}
CHECKED_ROWS.fruitless["blog.Post", frozenset()] = 3
Walk(SimpleNamespace(part=part, migrator=migrator), ()).run()
print(*CHECKED_ROWS)
"""


def test_answers_of_checks_are_forgotten() -> None:
    """Answers of checks, and searches without gain, are those of the part itself."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == "{} {}\n"
