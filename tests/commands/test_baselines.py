"""The file of a baseline, and the options that read and write it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rules.builders import LEFT_INDEX, compared, log, sound, spoilt

from django_switchback import evidence
from django_switchback.cli import main
from django_switchback.errors import UsageError
from django_switchback.evidence import KnownFinding, read_baseline, write_baseline

LEFT = spoilt(compared(schema=(LEFT_INDEX,)))
SECOND = KnownFinding("blog.0002_x", "irreversible", "error", ("sqlite",), "No\x1b way.", "cause2")
FIRST = KnownFinding(
    "blog.0001_x", "skipped", "warning", ("postgresql", "sqlite"), "Not rehearsed.", "cause1"
)


@pytest.fixture
def evidence_log(tmp_path: Path) -> str:
    """Give a log with one error."""
    evidence.write(tmp_path / "left.jsonl", LEFT)
    return str(tmp_path / "left.jsonl")


def test_the_file_is_for_people_and_the_same_each_time(tmp_path: Path) -> None:
    """Indented, in order, with a version, with no control characters; whatever the order of the findings."""
    file = tmp_path / "baseline.json"
    write_baseline(file, (SECOND, FIRST))
    text = file.read_text()
    assert json.loads(text)["schema_version"] == 1
    assert [entry["cause"] for entry in json.loads(text)["findings"]] == ["cause1", "cause2"]
    assert '\n      "message": "No\\u001b way."' in text
    write_baseline(file, (FIRST, SECOND))
    assert file.read_text() == text
    assert read_baseline(file) == (FIRST, SECOND)
    assert list(tmp_path.iterdir()) == [file]


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it fails the old file stays, and no draft is left; a link stays a link."""
    file = tmp_path / "baseline.json"
    write_baseline(file, (FIRST,))
    (tmp_path / "link.json").symlink_to(file)
    write_baseline(tmp_path / "link.json", (SECOND,))
    assert (tmp_path / "link.json").is_symlink()

    def fail(draft: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_baseline(file, (FIRST,))
    assert read_baseline(file) == (SECOND,)
    assert sorted(tmp_path.iterdir()) == [file, tmp_path / "link.json"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file or directory"),
        (b"", "truncated"),
        (b"<<<<<<< HEAD\n{}", "malformed"),
        (b"[]", "Expected `object`"),
        (b"\xff", "malformed"),
        (b"{}", "its schema_version is None, and this version of Switchback reads 1"),
        (b'{"schema_version": 2, "findings": []}', "its schema_version is 2, and this version of Switchback"),
        (b'{"schema_version": 1}', "missing required field `findings`"),
        (b'{"schema_version": 1, "findings": [{"cause": "x"}]}', "missing required field"),
    ],
)
def test_what_is_no_baseline_is_refused(
    tmp_path: Path, evidence_log: str, capsys: pytest.CaptureFixture[str], content: bytes | None, said: str
) -> None:
    """Status 2, with the file, what is wrong, and what to do."""
    file = tmp_path / "baseline.json"
    if content is not None:
        file.write_bytes(content)
    assert main(["report", evidence_log, "--baseline", str(file)]) == 2
    message = capsys.readouterr().err
    assert f"cannot read {file} as a baseline: " in message
    assert said in message
    assert f"write it anew with --write-baseline {file}" in message
    with pytest.raises(UsageError):
        read_baseline(file)


def test_report_writes_and_reads_a_baseline(
    tmp_path: Path, evidence_log: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """After ``--write-baseline`` what was found is known; only that option changes the file."""
    file = tmp_path / "baseline.json"
    assert main(["report", evidence_log]) == 1
    assert main(["report", evidence_log, "--write-baseline", str(file)]) == 0
    assert "error, known  rollback-leaves-schema" in capsys.readouterr().out
    written = file.read_bytes()
    evidence.write(tmp_path / "sound.jsonl", log(*sound()))
    assert main(["report", str(tmp_path / "sound.jsonl"), "--baseline", str(file)]) == 0
    assert "was not found any more: rollback-leaves-schema" in " ".join(capsys.readouterr().out.split())
    assert file.read_bytes() == written
    options = ["--baseline", str(file), "--write-baseline", str(file)]
    assert main(["report", str(tmp_path / "sound.jsonl"), *options]) == 0
    assert read_baseline(file) == ()
    assert main(["report", evidence_log, "--baseline", str(file)]) == 1


def test_what_was_not_rehearsed_stays_in_the_file(tmp_path: Path, evidence_log: str) -> None:
    """A run of one app does not forget what the baseline knows of the others."""
    file = tmp_path / "baseline.json"
    write_baseline(file, (SECOND,))
    assert main(["report", evidence_log, "--baseline", str(file), "--write-baseline", str(file)]) == 0
    assert {entry.rule for entry in read_baseline(file)} == {"irreversible", "rollback-leaves-schema"}
    assert main(["report", evidence_log, "--write-baseline", str(file)]) == 0
    assert {entry.rule for entry in read_baseline(file)} == {"rollback-leaves-schema"}


def test_an_unfinished_run_writes_no_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It would forget what it did not come to."""
    evidence.write(tmp_path / "cut.jsonl", LEFT[:-1])
    file = tmp_path / "baseline.json"
    assert main(["report", str(tmp_path / "cut.jsonl"), "--write-baseline", str(file)]) == 3
    assert f"{file} was not written, since the run did not finish" in capsys.readouterr().err
    assert not file.exists()


@pytest.mark.parametrize("place", ["missing/baseline.json", "."])
def test_a_place_that_cannot_be_written_is_refused_first(
    tmp_path: Path, evidence_log: str, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """Before anything is judged or rehearsed."""
    assert main(["report", evidence_log, "--write-baseline", str(tmp_path / place)]) == 2
    assert "for --write-baseline: expected a file in a folder that exists" in capsys.readouterr().err


def test_a_missing_baseline_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``run`` refuses it at once, whichever source names it."""
    (tmp_path / "manage.py").write_text('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "x")\n')
    (tmp_path / "pyproject.toml").write_text('[tool.switchback]\nbaseline = "known.json"\n')
    monkeypatch.chdir(tmp_path)
    assert main(["--database", "sqlite"]) == 2
    assert f"cannot read {tmp_path / 'known.json'} as a baseline: No such file" in capsys.readouterr().err
