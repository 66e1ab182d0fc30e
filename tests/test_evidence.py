"""The evidence log: one line a record, and a published format."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from django_switchback import evidence
from django_switchback.errors import UnreadableEvidence
from django_switchback.evidence import Failure, MigrationName, StepFinished

FINISHED = StepFinished(
    database="postgresql-18",
    part="cycles",
    migration=MigrationName(app="blog", name="0007_add_performance_indexes"),
    phase="cycle",
    direction="rollback",
    rows="new",
    outcome="failed",
    seconds=0.25,
    failure=Failure(type="IntegrityError", message='line one\nline two with "quotes"'),
)
PUBLISHED = Path(__file__).parents[1] / "docs" / "evidence.schema.json"


def test_a_record_is_one_line_and_comes_back(tmp_path: Path) -> None:
    """Whatever its text holds, a record is a line, and reading gives what was written."""
    log = tmp_path / "log.jsonl"
    evidence.write(log, [FINISHED])
    evidence.write(log, [FINISHED])
    assert log.read_bytes().count(b"\n") == 2
    assert evidence.read(log) == (FINISHED, FINISHED)


def test_fields_of_later_versions_are_passed_over() -> None:
    """A log of a newer version can be read: what is unknown in a record does not harm."""
    line = json.dumps({**json.loads(evidence.encode(FINISHED)), "later": 1}).encode()
    assert evidence.decode(line) == FINISHED


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"{}\n", "line 1"), (evidence.encode(FINISHED) + b"no json\n", "line 2"), (b"\xff\n", "line 1")],
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    """What cannot be read is refused with file and line."""
    log = tmp_path / "log.jsonl"
    log.write_bytes(content)
    with pytest.raises(UnreadableEvidence, match=said):
        evidence.read(log)


def test_a_log_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A missing file is refused by name."""
    with pytest.raises(UnreadableEvidence, match="nowhere"):
        evidence.read(tmp_path / "nowhere.jsonl")


def test_the_published_schema_is_the_true_one() -> None:
    """``docs/evidence.schema.json`` is what the record types say; write it there after a change."""
    schema = msgspec.json.encode(evidence.json_schema(), order="deterministic")
    assert PUBLISHED.read_bytes() == msgspec.json.format(schema, indent=2) + b"\n"
