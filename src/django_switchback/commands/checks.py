"""Implement the commands of the suite: each check by itself, or all of them in parallel."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from django_switchback import evidence
from django_switchback.checks import backup, result_tables, rollback_plan
from django_switchback.checks import performance as timing
from django_switchback.checks.checklist_page import answers, checklist_subject, render_checklist
from django_switchback.checks.child_processes import ChildExit, ChildProcess, run_all
from django_switchback.checks.gather_results import OUTPUT, TESTS_FILE, ExpectedResult, ProjectTests, gather
from django_switchback.checks.interface import CHECKS, CheckResult
from django_switchback.commands.rehearsal import (
    ReportRecords,
    open_progress,
    print_text,
    reported,
    write_file,
)
from django_switchback.config.config import STDOUT, Config, ConflictingOptions, load_config, report_files
from django_switchback.config.kinds import BadValue
from django_switchback.config.options import ALL_OPTIONS, OPTIONS_BY_COMMAND
from django_switchback.config.sources import UNNAMED
from django_switchback.evidence import AnyRecord, CheckName, RunStopped
from django_switchback.signals import StopRequested

DEFAULT_OUTPUT_FOLDER = Path(".switchback")
COMMANDS = {"migrations": "run", "performance": "performance", "backup-verification": "backup-verification"}
STATUS = {"passed": 0, "failed": 1, "not run": 3}
NO_TESTS_OUTPUT = "Ran 0 tests in "
"""Output of Django's test runner that found no tests; its exit status may be 0."""


def backup_verification(flags: Mapping[str, Any]) -> int:
    """Verify a backup on each database, report, and return the exit status."""
    config = load_config(flags, os.environ, Path.cwd())
    return _reported(config, "backup-verification", lambda records: _report(config, backup.judge(records)))


def performance(flags: Mapping[str, Any]) -> int:
    """Time every target's steps on each database, one after the other, and return the exit status."""
    # Parallel workers would distort each other's timings.
    config = load_config(flags, os.environ, Path.cwd())
    config = msgspec.structs.replace(config, max_jobs=1, no_deploy_window=True, cycles_only=True)
    return _reported(
        config,
        "performance",
        lambda records: _report(config, timing.judge(records), timing.timings(records)),
    )


def all_checks(
    flags: Mapping[str, Any], *, only: tuple[str, ...], source: Path | None, out: Path | None
) -> int:
    """Run the selected checks, or read their results from ``source``, and return the exit status.

    After Ctrl-C or SIGTERM, the table shows what was known by then.
    """
    if source is not None and out is not None:
        raise ConflictingOptions("--from", "--out")
    config = load_config(flags, os.environ, Path.cwd())
    wanted = tuple(check for check in CHECKS if check in only or not only)
    labels = _labels(config.databases)
    folder = source or out or DEFAULT_OUTPUT_FOLDER
    stopped: StopRequested | None = None
    if source is None:
        try:
            _run(config, flags, wanted, labels, folder)
        except StopRequested as stop:
            stopped = stop
    expected = tuple(
        ExpectedResult(check, kind)
        for check in wanted
        for kind in ([""] if check == "tests" else [_kind(spec) for spec in config.databases])
    )
    status = _report(config, gather(folder, tuple(dict.fromkeys(expected))))
    if stopped is None:
        return status
    print_text(sys.stderr, f"switchback: {stopped.reason}")
    return stopped.status


def checklist(flags: Mapping[str, Any], logs: tuple[Path, ...]) -> int:
    """Fill in the checklist for one migration, from ``logs`` or a rehearsal of this migration.

    Returns 0 if no item failed, even if items are left for review.
    """
    named: tuple[str, ...] = tuple(flags.get("migration") or ())
    if len(named) != 1:
        raise BadValue("--migration", " ".join(named), "one migration, such as blog.0007_add_indexes")
    if logs:
        files = report_files({"markdown": flags.get("markdown")}, Path.cwd())
        return _fill_in(tuple(record for log in logs for record in evidence.read(log)), named[0], files)
    config = load_config(flags, os.environ, Path.cwd())
    files = {"markdown": config.markdown} if config.markdown else {}
    return _reported(config, "migrations", lambda records: _fill_in(records, named[0], files))


def plan(flags: Mapping[str, Any], logs: tuple[Path, ...]) -> int:
    """Print the statements of a rollback of the release, from ``logs`` or a rehearsal.

    The release is what was rehearsed: no option changes what ``logs`` hold. Returns 1 if a target was not
    rolled back.
    """
    if logs:
        for name, value in flags.items():
            if value and name not in {"quiet", "verbose"}:
                raise ConflictingOptions("--evidence", f"--{name}")
        return _print_plan(tuple(record for log in logs for record in evidence.read(log)))
    config = load_config(flags, os.environ, Path.cwd())
    return _reported(msgspec.structs.replace(config, no_deploy_window=True), "migrations", _print_plan)


def _print_plan(records: tuple[AnyRecord, ...]) -> int:
    plans = rollback_plan.rollback_plans(records)
    print_text(sys.stdout, rollback_plan.render(plans))
    return 0 if rollback_plan.is_complete(plans) else 1


def _fill_in(records: tuple[AnyRecord, ...], migration: str, files: Mapping[str, Path]) -> int:
    subject = checklist_subject(records, migration)
    text = render_checklist(subject)
    file = files.get("markdown", STDOUT)
    if file == STDOUT:
        print_text(sys.stdout, text)
    else:
        write_file(file, text)
    return 1 if any(answer.state == "failed" for _, answer in answers(subject)) else 0


def _reported(config: Config, check: CheckName, report_records: ReportRecords) -> int:
    # Imported late, so that usage errors are reported without delay.
    from django_switchback.pipeline import rehearse

    def with_stop_status(records: tuple[AnyRecord, ...]) -> int:
        status = report_records(records)
        return next((record.status for record in records if isinstance(record, RunStopped)), status)

    # The option is one of `run`; a variable or a key may set it for all commands.
    config = msgspec.structs.replace(config, shard=None)
    return reported(config, with_stop_status, partial(rehearse, check=check))


def _report(config: Config, results: Sequence[CheckResult], taken: Sequence[timing.StepTiming] = ()) -> int:
    if config.markdown == STDOUT:
        print_text(sys.stdout, result_tables.markdown(results, taken))
    elif config.markdown is not None:
        write_file(config.markdown, result_tables.markdown(results, taken))
    stream = sys.stderr if config.markdown == STDOUT else sys.stdout
    color = stream.isatty() and not os.environ.get("NO_COLOR")
    width = shutil.get_terminal_size().columns
    print_text(stream, result_tables.render(results, taken, width=width, color=color))
    return STATUS[result_tables.worst(results)]


def _kind(spec: str) -> str:
    """Return the name of a SPEC in results; a URL's version is unknown before connecting."""
    return "postgresql" if "://" in spec else spec


def _labels(databases: Sequence[str]) -> dict[str, str]:
    """Map each SPEC to a label for file names, since a URL may hold a password."""
    labels: dict[str, str] = {}
    for spec in databases:
        kind = _kind(spec)
        taken = sum(1 for other in labels if _kind(other) == kind)
        labels[spec] = f"{kind}-{taken + 1}" if taken else kind
    return labels


def _run(
    config: Config, flags: Mapping[str, Any], wanted: Sequence[str], labels: Mapping[str, str], folder: Path
) -> None:
    _clear(folder)
    children = [
        _child(check, spec, label, flags, folder, named=config.named_databases)
        for check in wanted
        if check != "tests"
        for spec, label in labels.items()
    ]
    if "tests" in wanted:
        children.insert(0, _tests(config, folder))
    with open_progress(config) as progress:
        ended = run_all(children, max(2, config.jobs // 2), progress.note)
    for child, end in zip(children, ended, strict=True):
        if child.name == "tests":
            _write_tests(config, child, end, folder)


def _clear(folder: Path) -> None:
    """Create ``folder``, and remove the results of earlier runs from it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_file(folder / ".gitignore", "*\n")
    for path in folder.iterdir():
        if path.name == TESTS_FILE or path.name.startswith(CHECKS):
            path.unlink()


def _child(
    check: str, spec: str, label: str, flags: Mapping[str, Any], folder: Path, *, named: bool
) -> ChildProcess:
    name = f"{check}-{label}"
    command = COMMANDS[check]
    words = [sys.executable, "-m", "django_switchback", command, "--quiet"]
    for option in ALL_OPTIONS:
        value = flags.get(option.name)
        passed_on = option.name in OPTIONS_BY_COMMAND[command] and option.name not in _NOT_PASSED_ON
        if not passed_on or value in (None, (), False):
            continue
        values = value if isinstance(value, tuple) else (value,)
        words += [f"--{option.name}"] if option.flag else [f"--{option.name}={item}" for item in values]
    files = ["evidence", "markdown"] + (["json", "junit"] if command == "run" else [])
    for file in files:
        words.append(f"--{file}={folder / name}{_SUFFIXES[file]}")
    return ChildProcess(
        name=f"{check} on {label}",
        command=tuple(words),
        folder=Path.cwd(),
        # Not on the command line, which other users of the machine can read: it may hold a password.
        environment={**os.environ, "SWITCHBACK_DATABASE": spec, **({} if named else {UNNAMED: "1"})},
        output=folder / f"{name}{OUTPUT}",
        # Parallel checks would distort the timings.
        alone=check == "performance",
    )


_NOT_PASSED_ON = ("database", "markdown", "verbose", "quiet")
_SUFFIXES = {"evidence": ".jsonl", "markdown": ".md", "json": ".json", "junit": ".xml"}


def _tests(config: Config, folder: Path) -> ChildProcess:
    module = config.settings or config.initial_settings
    settings = {"DJANGO_SETTINGS_MODULE": module} if module else {}
    return ChildProcess(
        name="tests",
        command=config.tests or (config.python, *(config.program or ("manage.py",)), "test"),
        folder=config.project,
        environment={**os.environ, **settings},
        output=folder / f"tests{OUTPUT}",
    )


def _write_tests(config: Config, child: ChildProcess, end: ChildExit, folder: Path) -> None:
    said = child.output.read_text("utf-8", "replace")
    none = config.tests is None and NO_TESTS_OUTPUT in said
    tested = ProjectTests(
        command=shlex.join(("python", *child.command[1:]) if config.tests is None else child.command),
        status=None if none else end.status,
        seconds=end.seconds,
        report=child.output.name,
    )
    write_file(folder / TESTS_FILE, msgspec.json.encode(tested).decode() + "\n")
