"""The page about scenarios shows what is really there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from django_switchback import scenarios

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_first_example_is_the_demonstration_project() -> None:
    """The first block is the file that the demonstration project is rehearsed with."""
    assert BLOCKS[0] == (ROOT / "example" / "migration_scenarios" / "slugs.py").read_text(encoding="utf-8")


def test_every_block_is_python() -> None:
    """What is shown can be read by Python, and imports nothing of scenarios that is not there."""
    for block in BLOCKS:
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and node.module == "django_switchback.scenarios":
                assert {alias.name for alias in node.names} <= set(scenarios.__all__)


def test_every_decorator_is_explained() -> None:
    """Whatever can be imported stands on the page."""
    assert [name for name in scenarios.__all__ if name not in PAGE] == []
