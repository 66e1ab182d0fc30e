"""The demonstration project and the documents are those that were asked for."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MIGRATIONS = sorted((ROOT / "example" / "apps").glob("*/migrations/0*.py"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "example" / "README.md"])
ASKED_FOR = (
    "apps/blog/migrations/0007_add_performance_indexes.py",
    "apps/plant_identification/migrations/0012_add_performance_indexes.py",
    "apps/plant_identification/migrations/0013_add_search_gin_indexes.py",
    "../docs/development/MIGRATION_0008_SAFETY_IMPROVEMENTS.md",
    "../docs/development/MIGRATION_CHECKLIST.md",
    "../docs/development/rollback-testing.md",
    "../docs/development/onboarding.md",
    "../docs/development/retroactive-tests.md",
    "../scripts/test_migrations.py",
    "../scripts/test_migration_rollback.sh",
    "../.github/workflows/migration-tests.yml",
    "../.github/workflows/ci.yml",
    "../.github/pull_request_template.md",
    "../.env.example",
)


def test_fifty_migrations() -> None:
    """Each app has as many migrations as were counted."""
    assert Counter(path.parts[-3] for path in MIGRATIONS) == {
        "plant_identification": 15,
        "blog": 10,
        "users": 8,
        "forum": 10,
        "core": 5,
        "garden": 2,
    }


@pytest.mark.parametrize("name", ASKED_FOR)
def test_what_was_asked_for_by_name(name: str) -> None:
    """Files that people look for by their name are there."""
    assert (ROOT / "example" / name).resolve().is_file()


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: f"{path.parts[-3]}.{path.stem}")
def test_each_migration_says_what_the_checklist_asks(path: Path) -> None:
    """Each docstring has a purpose, risks, the way back and what is backed up."""
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert text.partition("\n")[0].endswith("."), text
    missing = [word for word in ("Risks", "Rollback", "Backup") if not re.search(rf"(?m)^{word}: ", text)]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    """Every file that a document links to is there."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)[^)]*\)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_written_documents_are_current() -> None:
    """The checklist, the pull request template and the other pages are what their command writes."""
    words = [sys.executable, "scripts/write_docs.py", "--check"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
