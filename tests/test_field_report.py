"""The page on the real projects: each project's part is that of its last run, wherever the others ran."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from rules.builders import DATABASE, log, sound

from django_switchback import evidence

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "field-report.md"


def written(reports: Path, page: Path) -> str:
    """Write ``page`` with what is in the folder ``reports``, and return it."""
    words = [
        sys.executable,
        "scripts/field_report.py",
        "--reports",
        str(reports),
        "write",
        "--out",
        str(page),
    ]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
    return page.read_text()


def test_without_evidence_the_page_stays_as_it_is(tmp_path: Path) -> None:
    """A clone has no evidence of any run: its page keeps what earlier runs came to."""
    page = tmp_path / "page.md"
    page.write_bytes(PAGE.read_bytes())
    assert written(tmp_path, page) == PAGE.read_text()


def test_a_run_takes_the_place_of_its_project_alone(tmp_path: Path) -> None:
    """What the page said of another project is still there, and what it said of this one is not."""
    run = {"project": "cms", "database": DATABASE, "versions": {"cms": "9"}, "head": {}, "log": "cms.jsonl"}
    (tmp_path / "cms.run.json").write_text(json.dumps(run))
    evidence.write(tmp_path / "cms.jsonl", log(*sound()))
    page = tmp_path / "page.md"
    page.write_text("# Old head\n\n## cms\n\nold\n\n## adrift\n\nAs it was.\n")
    shown = written(tmp_path, page)
    assert shown.startswith("# Field report\n")
    assert "\n## adrift\n\nAs it was.\n\n## cms\n\ncms 9.\n" in shown
    assert "old\n" not in shown
