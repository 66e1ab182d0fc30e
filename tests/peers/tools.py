"""Run each tool over a project as its documentation says, and read what it found.

A tool is asked about every target of a project at once where it can be. What counts for it and what does not
is in its favour: see ``docs/explanation/how-it-compares.md``.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from gallery_tests.rehearsal import OPTIONS, environment

from peers.counts import Answers, Subject
from peers.subjects import GROUP_OF, GROUPS, ONE, ONE_OPERATION_PROJECT

DEPLOYED = frozenset({"deploy window", ONE})
LOCKS = {"blocking-lock", "table-rewrite", "grows-with-rows"}
CODE = {"RunPython", "RunSQL"}
STYLE = "prefer-(?!robust)|ban-char-field|identifier-too-long|require-(lock|statement)-timeout"
"""Rules of squawk that speak of style, or of settings that every statement lacks."""


CONFTEST = """\
import os

from pytest_mrt import MRTConfig


def pytest_configure(config):
    # The server's socket is no host that a URL of SQLAlchemy may have; settings.py has it already.
    user, _, place = os.environ["DATABASE_URL"].removeprefix("postgresql://").rpartition("@")
    host, _, name = place.partition("/")
    socket, _, port = host.partition(":")
    url = f"postgresql+psycopg://{user}@/{name}?host={socket}&port={port}"
    config._mrt_config = MRTConfig(db_url=url, django_settings="settings", django_project_dir=".")
"""


class Place(NamedTuple):
    """A project with its targets, and an empty database that a tool may use."""

    folder: Path
    subjects: tuple[Subject, ...]
    database: str

    def file(self, suffix: str) -> Path:
        """Return a file beside the project, of its name with ``suffix``."""
        return self.folder.with_name(f"{self.folder.name}{suffix}")

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the project, on the database."""
        own = {"DATABASE_URL": self.database, "DJANGO_SETTINGS_MODULE": "settings", **variables}
        env = {name: value for name, value in environment().items() if name != "PYTHONPATH"} | own
        return subprocess.run(
            words, cwd=self.folder, env=env, capture_output=True, text=True, check=False, timeout=1800
        )


Codes: TypeAlias = dict[str, set[str]]


class Said(NamedTuple):
    """What a tool said of a project: codes that count as finds, and as alarms, by app.

    ``unable`` are the apps whose target it could not be asked about, with the reason.
    """

    finds: Codes
    alarms: Codes
    unable: Mapping[str, str] = {}


class Tool(NamedTuple):
    """A tool: its distribution, how it is run, and what its codes speak of.

    ``judges``: whether it sets out to judge a target; it is asked about these alone.
    """

    distribution: str
    run: Callable[[Place], Said]
    judges: Callable[[Subject], bool]
    groups: Callable[[str], frozenset[str]]

    def answers(self, said: Sequence[Said], asked: Iterable[Subject]) -> Answers:
        """Return what was said over all projects, of the subjects that were ``asked`` about."""
        finds = {app: codes for place in said for app, codes in place.finds.items()}
        alarms = {app: codes for place in said for app, codes in place.alarms.items()}
        codes = {code for of_app in (*finds.values(), *alarms.values()) for code in of_app}
        unable = {app for place in said for app in place.unable}
        judged = {subject.app for subject in asked} - unable
        return Answers(finds, alarms, {code: self.groups(code) for code in codes}, judged)


def _gather(pairs: Iterable[tuple[str, str]]) -> Codes:
    found: Codes = {}
    for app, code in pairs:
        found.setdefault(app, set()).add(code)
    return found


def run_switchback(place: Place) -> Said:
    """Rehearse the project's last migrations on PostgreSQL 18; the rule of the target itself is a find."""
    report = place.file(".json")
    words = [sys.executable, "-m", "django_switchback", "--project", str(place.folder), "--quiet"]
    words += ["--settings", "settings", "--last", "1", "--json", str(report), "--database", "postgresql-18"]
    scenarios = place.folder / "scenarios"
    words += ["--scenarios", str(scenarios)] if scenarios.exists() else []
    group = place.folder.name.partition("-")[0]
    options = () if group == ONE_OPERATION_PROJECT else OPTIONS.get(group, ("--no-deploy-window",))
    hot = (name for subject in place.subjects for name in subject.hot_tables)
    words += [word for name in hot for word in ("--hot-tables", name)]
    done = place.run(*words, *options)
    if done.returncode not in {0, 1}:
        raise SystemExit(
            f"switchback on {place.folder}: status {done.returncode}\n{done.stdout}{done.stderr}"
        )
    return read_switchback(place.subjects, report)


def read_switchback(subjects: Iterable[Subject], report: Path) -> Said:
    """Return what the JSON report says of the subjects."""
    subjects = tuple(subjects)
    one_operation = {subject.app for subject in subjects if subject.group == ONE}
    alarms = _gather(
        (entry["app"], finding["rule"])
        for entry in json.loads(report.read_text(encoding="utf-8"))["migrations"]
        for finding in entry["findings"]
        if finding["severity"] != "info"
        and finding["rule"] in GROUP_OF
        # The other tools look at the way forward only, and so do the verdicts on one operation each.
        and not (entry["app"] in one_operation and finding["message"].startswith("Rolling back"))
    )
    finds: Codes = {}
    for subject in subjects:
        meant = GROUPS["deploy window"] if subject.group == ONE else (subject.rule,)
        finds[subject.app] = {rule for rule in alarms.get(subject.app, ()) if rule in meant}
    return Said(finds, alarms)


def groups_of_switchback(code: str) -> frozenset[str]:
    """Return the groups of a rule."""
    return DEPLOYED if GROUP_OF[code] == "deploy window" else frozenset({GROUP_OF[code]})


def run_deferred_migrations(place: Place) -> Said:
    """Run ``check_deploy_safety``, with the app in ``INSTALLED_APPS``; everything that it prints counts."""
    settings = 'from settings import *\n\nINSTALLED_APPS = [*INSTALLED_APPS, "deferred_migrations"]\n'
    (place.folder / "with_deferred.py").write_text(settings, encoding="utf-8")
    words = (sys.executable, "manage.py", "check_deploy_safety", "--no-color")
    done = place.run(*words, DJANGO_SETTINGS_MODULE="with_deferred")
    if "deploy safety error" not in done.stdout + done.stderr:
        raise SystemExit(f"check_deploy_safety on {place.folder}:\n{done.stdout}{done.stderr}")
    targets = {(subject.app, subject.target) for subject in place.subjects}
    lines = re.finditer(r"^(\w+)\.(\w+)\[\d+\] deferred_migrations\.(E\d+):", done.stderr, re.MULTILINE)
    found = _gather(
        (app, code) for app, name, code in (line.groups() for line in lines) if (app, name) in targets
    )
    return Said(found, found)


def groups_of_deferred_migrations(code: str) -> frozenset[str]:
    """Return the groups of one of its checks."""
    return {"E105": frozenset({"forward"}), "E106": frozenset({"interruption"})}.get(code, DEPLOYED)


def _written_by_hand_alone(subject: Subject) -> bool:
    return subject.kinds <= CODE


def judged_by_deferred_migrations(subject: Subject) -> bool:
    """Return whether it sets out to: it does not read ``RunSQL`` and ``RunPython``, and says so."""
    rules = {"old-code-breaks", "forward-not-resumable", *LOCKS}
    return subject.rule in rules and not (_written_by_hand_alone(subject) or subject.hot_tables)


def run_squawk(place: Place) -> Said:
    """Lint what ``sqlmigrate`` shows of each target; what speaks of style does not count."""
    folder = place.file(".sql")
    folder.mkdir()
    unable = _inside(place, (sys.executable,), folder)
    files = sorted(str(file) for file in folder.glob("*.sql"))
    done = place.run("squawk", "--reporter", "json", "--pg-version", "18", *files)
    found = _gather(
        (Path(violation["file"]).stem, violation["rule_name"])
        for violation in json.loads(done.stdout)
        if not re.match(STYLE, violation["rule_name"])
    )
    return Said(found, found, unable)


def groups_of_squawk(code: str) -> frozenset[str]:
    """Return the groups of one of its rules."""
    others = {
        "prefer-robust-stmts": "interruption",
        "ban-concurrent-index-creation-in-transaction": "forward",
        "ban-uncommitted-transaction": "forward",
        "transaction-nesting": "forward",
        "syntax-error": "forward",
    }
    return frozenset({others[code]}) if code in others else DEPLOYED


def judged_by_squawk(subject: Subject) -> bool:
    """Return whether it sets out to: it reads SQL, which ``RunPython`` shows none of."""
    rules = {"old-code-breaks", "forward-not-resumable", *LOCKS}
    return subject.rule in rules and not (subject.kinds <= {"RunPython"} or subject.hot_tables)


def run_mrt(place: Place) -> Said:
    """Check each target's cycle with the ``mrt`` fixture, and its file with ``mrt check --check-compat``.

    A warning of the latter counts as a find, and never as a false alarm.
    """
    (place.folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (place.folder / "pytest.ini").write_text("[pytest]\nmrt_default_tests = false\n", encoding="utf-8")
    results = place.file(".jsonl")
    results.touch()
    words = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:switchback")
    unable = _inside(place, words, results)
    told = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    cycle = [(entry["app"], "cycle") for entry in told if entry["failures"]]
    static = [(entry["app"], rule, severity) for entry in told for rule, severity in entry["static"]]
    finds = _gather([*cycle, *((app, code) for app, code, _ in static)])
    alarms = _gather([*cycle, *((app, code) for app, code, severity in static if severity == "error")])
    return Said(finds, alarms, unable)


def groups_of_mrt(code: str) -> frozenset[str]:
    """Return the groups of one of its checks."""
    if code == "cycle":
        return frozenset({"rollback", "forward"})
    if code in {"MRT411", "MRT412"}:
        return frozenset({"forward"})
    return DEPLOYED if code.startswith("MRT7") or code in {"MRT413", "MRT414"} else frozenset({"rollback"})


def judged_by_mrt(subject: Subject) -> bool:
    """Return whether it sets out to: schema and rows after a rollback, and operations of a rolling deploy."""
    rules = {
        "forward-fails",
        "forward-fails-with-data",
        "irreversible",
        "rollback-fails",
        "rollback-fails-with-data",
        "rollback-leaves-schema",
        "rollback-loses-data",
    }
    return subject.rule in rules or (
        subject.rule == "old-code-breaks" and not _written_by_hand_alone(subject)
    )


def _inside(place: Place, words: Sequence[str], found: Path) -> dict[str, str]:
    """Run ``in_project.py`` inside the project; return the apps of which it says nothing, with the reason."""
    script = shutil.copy(Path(__file__).with_name("in_project.py"), place.folder / "test_targets.py")
    subjects, unable = place.file(".targets"), place.file(".unable")
    unable.touch()
    listed = [
        {"app": subject.app, "previous": subject.previous, "target": subject.target}
        for subject in place.subjects
    ]
    subjects.write_text(json.dumps(listed), encoding="utf-8")
    files = {"SUBJECTS": str(subjects), "FOUND": str(found), "UNABLE": str(unable)}
    done = place.run(*words, str(script), **files, PYTHONPATH=".")
    reasons = dict(json.loads(line) for line in unable.read_text(encoding="utf-8").splitlines())
    if done.returncode:
        raise SystemExit(f"{script}:\n{done.stdout}{done.stderr}")
    return reasons


TOOLS: Mapping[str, Tool] = {
    "Switchback": Tool("django-switchback", run_switchback, lambda _: True, groups_of_switchback),
    "django-deferred-migrations": Tool(
        "django-deferred-migrations",
        run_deferred_migrations,
        judged_by_deferred_migrations,
        groups_of_deferred_migrations,
    ),
    "squawk": Tool("squawk-cli", run_squawk, judged_by_squawk, groups_of_squawk),
    "pytest-mrt": Tool("pytest-mrt", run_mrt, judged_by_mrt, groups_of_mrt),
}
