"""Promises of commands/rehearsal.py: where reports and logs go, and what the exit status is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from django_switchback import evidence, pipeline
from django_switchback.cli import main
from django_switchback.config.config import Config
from django_switchback.evidence import (
    AnyRecord,
    DatabaseStarted,
    MigrationName,
    NotRun,
    RunFinished,
    RunStarted,
    ScratchFinished,
    StepFinished,
    SystemChecked,
)
from django_switchback.progress.interface import Progress

TARGET = MigrationName("blog", "0001_initial")
STARTED = RunStarted("a1", 0, "2026-11-01T00:00:00+00:00", "demo", "demo.settings", "0.1.0")
CLEAN: tuple[AnyRecord, ...] = (
    STARTED,
    DatabaseStarted("sqlite", "sqlite", "default", "3.45.1", ()),
    ScratchFinished("sqlite", 0.5, 3),
    RunFinished(1.0),
)
SKIPPED: tuple[AnyRecord, ...] = (
    STARTED,
    DatabaseStarted("sqlite", "sqlite", "default", "3.45.1", (TARGET,)),
    ScratchFinished("sqlite", 0.5, 3),
    NotRun("sqlite", TARGET, "its tables have no rows"),
    RunFinished(1.0),
)
UNFINISHED = CLEAN[:-1]

Rehearsal = Callable[[tuple[AnyRecord, ...]], list[Path]]


@pytest.fixture
def rehearsal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Rehearsal:
    """Replace the engine by one that writes given records, in a folder that is a project; return its logs."""
    (tmp_path / "manage.py").write_text('import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "x")\n')
    monkeypatch.chdir(tmp_path)

    def replace(records: tuple[AnyRecord, ...]) -> list[Path]:
        logs: list[Path] = []

        def rehearse(config: Config, progress: Progress, log: Path, **_: object) -> tuple[AnyRecord, ...]:
            logs.append(log)
            evidence.write(log, records)
            for record in records:
                progress.observe(record)
            return records

        monkeypatch.setattr(pipeline, "rehearse", rehearse)
        return logs

    return replace


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Give a log of a run that passed."""
    path = tmp_path / "evidence.jsonl"
    evidence.write(path, CLEAN)
    return path


@pytest.mark.parametrize(("records", "status"), [(CLEAN, 0), (SKIPPED, 1), (UNFINISHED, 3)])
def test_status(rehearsal: Rehearsal, records: tuple[AnyRecord, ...], status: int) -> None:
    """A run that passed is 0; one that skipped a target is no pass; one without its end is unfinished."""
    rehearsal(records)
    assert main([]) == status


def test_report_and_progress_are_apart(rehearsal: Rehearsal, capsys: pytest.CaptureFixture[str]) -> None:
    """The report is on standard output, progress on standard error, neither with control characters."""
    rehearsal(CLEAN)
    main([])
    out, err = capsys.readouterr()
    assert "demo (demo.settings)" in out
    assert err.startswith("sqlite         from scratch")
    assert "\x1b" not in out + err


def test_progress_is_closed(rehearsal: Rehearsal, capsys: pytest.CaptureFixture[str]) -> None:
    """What the progress still had to say is said, whatever became of the run."""
    step = StepFinished("sqlite", "1", TARGET, "cycle", "forward", "new", "ok", 0.25)
    rehearsal((*SKIPPED[:-1], step, SKIPPED[-1]))
    main([])
    assert capsys.readouterr().err.splitlines()[-1].split() == [
        "sqlite",
        "blog.0001_initial",
        "0.25",
        "s",
        "ok",
    ]


def test_quiet(rehearsal: Rehearsal, capsys: pytest.CaptureFixture[str]) -> None:
    """--quiet leaves the report and nothing else."""
    rehearsal(CLEAN)
    main(["--quiet"])
    out, err = capsys.readouterr()
    assert (out != "", err) == (True, "")


def test_log_is_gone(rehearsal: Rehearsal) -> None:
    """Without --evidence no log is left behind."""
    logs = rehearsal(CLEAN)
    main([])
    assert not logs[0].parent.exists()


def test_log_is_kept(rehearsal: Rehearsal, tmp_path: Path) -> None:
    """--evidence keeps the log of this run, and of no earlier one."""
    rehearsal(CLEAN)
    for _ in range(2):
        main(["--evidence", "log"])
    assert evidence.read(tmp_path / "log") == CLEAN


def test_reports_are_written(rehearsal: Rehearsal, tmp_path: Path) -> None:
    """Each report goes to its own file."""
    rehearsal(SKIPPED)
    main(["--json", "report.json"])
    assert json.loads((tmp_path / "report.json").read_text())["verdict"] == "failed"


def test_dash_is_standard_output(rehearsal: Rehearsal, capsys: pytest.CaptureFixture[str]) -> None:
    """``--json -`` has standard output to itself; the report for people moves to standard error."""
    rehearsal(CLEAN)
    main(["--json", "-"])
    out, err = capsys.readouterr()
    assert json.loads(out)["schema_version"] == 1
    assert "demo (demo.settings)" in err


def test_unwritable_report(rehearsal: Rehearsal, capsys: pytest.CaptureFixture[str]) -> None:
    """A report that cannot be written makes the run unfinished, and says which."""
    rehearsal(CLEAN)
    assert main(["--json", "/dev/full"]) == 3
    assert "switchback: cannot write /dev/full: No space left on device" in capsys.readouterr().err


def test_report_again(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command report says of a log what its run said, and takes the same report options."""
    assert main(["report", str(log)]) == 0
    first = capsys.readouterr()
    assert first.err == ""
    assert "demo (demo.settings)" in first.out
    assert main(["report", str(log), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "passed"


def test_report_with_another_fail_on(log: Path) -> None:
    """What the run let pass fails with --fail-on warning, and the other way round."""
    warned = SystemChecked("sqlite", "security.W001", 30, "No SecurityMiddleware.", deploy=True)
    evidence.write(log, (CLEAN[0], warned, *CLEAN[1:]))
    assert main(["report", str(log)]) == 0
    assert main(["report", str(log), "--fail-on", "warning"]) == 1
    strict = msgspec.structs.replace(STARTED, fail_on="warning")
    evidence.write(log, (strict, warned, *CLEAN[1:]))
    assert main(["report", str(log)]) == 1
    assert main(["report", str(log), "--fail-on", "error"]) == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--json", "missing/report.json"], "expected a file in a folder that exists"),
        (["--json", "-", "--junit", "-"], "--json - contradicts --junit -"),
        (["--fail-on", "info"], "invalid value 'info' for --fail-on: expected error or warning"),
        (["--pdf", "x"], "No such option '--pdf'"),
    ],
)
def test_report_refuses(
    log: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    """The command report refuses what run refuses."""
    assert main(["report", str(log), *words]) == 2
    assert sentence in capsys.readouterr().err


def test_damaged_log(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log with a line that is no record is refused, by line."""
    log.write_bytes(log.read_bytes() + b'{"record": "run-fin')
    assert main(["report", str(log)]) == 2
    assert f"cannot read line 5 of {log} as evidence" in capsys.readouterr().err


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    """``rules`` lists them, ``rules NAME`` explains one, an unknown name is wrong usage."""
    assert main(["rules"]) == 0
    assert "rollback-loses-data" in capsys.readouterr().out
    assert main(["rules", "irreversible"]) == 0
    assert capsys.readouterr().out.startswith("irreversible (rollback, error)")
    assert main(["rules", "no-such-rule"]) == 2


def test_reader_that_went_away(log: Path) -> None:
    """A reader that stops early (head, a pager) changes neither verdict nor standard error."""
    words = [sys.executable, "-m", "django_switchback", "report", str(log)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == (b"", 0)


def test_output_that_cannot_spell(log: Path) -> None:
    """Where standard output has no Unicode, what it cannot spell is written as an escape."""
    log.unlink()
    evidence.write(log, [*SKIPPED[:-2], NotRun("sqlite", TARGET, "its table größe is empty"), SKIPPED[-1]])
    words = [sys.executable, "-m", "django_switchback", "report", str(log)]
    done = subprocess.run(
        words, capture_output=True, env=os.environ | {"PYTHONIOENCODING": "ascii:strict"}, check=False
    )
    assert b"gr\\xf6\\xdfe" in done.stdout
    assert done.returncode == 1
