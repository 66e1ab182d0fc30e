#!/usr/bin/env python
"""Rehearse the five most complex migrations of the demonstration project, and write down what came of it.

Writes ``docs/development/retroactive-tests.md``; with ``--check`` it only says whether the page is current.
How long steps took stands below a line that is not compared: it differs from run to run.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

if TYPE_CHECKING:
    from django_switchback.evidence import AnyRecord, MigrationFact

PAGE = ROOT / "docs" / "development" / "retroactive-tests.md"
BELOW = "<!-- What follows is measured anew each time and not compared. -->"
DATABASES = ("sqlite", "postgresql-15", "postgresql-18")
ANY = "core.0001_initial"
"""Some migration: rehearsing it alone describes them all."""
HOW_MANY = 5


def rehearsed(*migrations: str, databases: tuple[str, ...]) -> "tuple[AnyRecord, ...]":
    """Return the evidence of a rehearsal of ``migrations`` alone, by the command that everyone uses."""
    from django_switchback import evidence

    with tempfile.TemporaryDirectory(prefix="switchback-retroactive-") as folder:
        log = Path(folder) / "evidence.jsonl"
        words = [sys.executable, "scripts/test_migrations.py", "--quiet", "--evidence", str(log)]
        words += [f"--database={name}" for name in databases]
        words += [f"--migration={name}" for name in migrations]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(done.stdout + done.stderr)
        # In the order of the databases, not in that in which their workers began.
        return tuple(
            sorted(
                evidence.read(log), key=lambda record: ("", *databases).index(getattr(record, "database", ""))
            )
        )


def most_complex() -> "tuple[MigrationFact, ...]":
    """Return the most complex migrations of the project's own."""
    from retroactive_page import rank

    from django_switchback.evidence import ProjectDescribed

    described = next(
        record for record in rehearsed(ANY, databases=("sqlite",)) if isinstance(record, ProjectDescribed)
    )
    return rank(described)[:HOW_MANY]


def main() -> int:
    """Write or check; returns 1 where the page is not current."""
    from retroactive_page import page, times

    chosen = most_complex()
    records = rehearsed(*(str(fact.id) for fact in chosen), databases=DATABASES)
    text = page(chosen, records)
    if "--check" in sys.argv[1:]:
        written = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
        if written.partition(BELOW)[0] == text:
            return 0
        sys.stdout.write(
            f"{PAGE.relative_to(ROOT)} is not current: run python scripts/retroactive_tests.py\n"
        )
        return 1
    PAGE.write_text(f"{text}{BELOW}\n\n{times(records)}", encoding="utf-8")
    sys.stdout.write(f"wrote {PAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
