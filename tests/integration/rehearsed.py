"""A rehearsal of Wagtail by the command itself, and what it left behind: made once a session and engine."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from django_switchback import evidence
from django_switchback.evidence import AnyRecord, RunStarted
from django_switchback.report.formats.json_types import MigrationJson, ReportJson
from django_switchback.sandbox.folders import places
from django_switchback.sandbox.names import PREFIX

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "tests" / "projects" / "wagtail"
APPS = (
    "wagtailcore",
    "wagtaildocs",
    "wagtailimages",
    "wagtailsearchpromotions",
    "wagtailforms",
    "wagtailredirects",
    "wagtailembeds",
    "wagtailusers",
    "wagtailsearch",
    "wagtailadmin",
    "taggit",
)
"""All apps of Wagtail that have migrations."""
SECONDS = 900
AnyRecordType = TypeVar("AnyRecordType", bound=AnyRecord)


class Rehearsal(msgspec.Struct, frozen=True):
    """What one run of the command came to.

    ``left`` names folders and processes of the run that were still there right after it.
    """

    status: int
    output: str
    report: ReportJson
    records: tuple[AnyRecord, ...]
    left: tuple[str, ...]

    def of(self, kind: type[AnyRecordType]) -> tuple[AnyRecordType, ...]:
        """Return the records of one kind."""
        return tuple(record for record in self.records if isinstance(record, kind))

    def migration(self, name: str) -> MigrationJson:
        """Return the report of one migration, written ``app.name``."""
        return next(entry for entry in self.report.migrations if f"{entry.app}.{entry.name}" == name)


def steady() -> dict[str, str]:
    """Return this process's environment without what steers Switchback or Django."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH"}
        and not name.startswith("SWITCHBACK_")
    }


def rehearse(database: str, folder: Path) -> Rehearsal:
    """Rehearse Wagtail on ``database``, or read what an earlier call left in ``folder``."""
    kept = folder / "kept.json"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        # Held by whichever process of the session asks first; the others wait and read.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(msgspec.json.encode(_run(database, folder)))
    status, output, left = msgspec.json.decode(kept.read_bytes(), type=tuple[int, str, tuple[str, ...]])
    return Rehearsal(
        status=status,
        output=output,
        report=msgspec.json.decode((folder / "report.json").read_bytes(), type=ReportJson),
        records=evidence.read(folder / "evidence.jsonl"),
        left=left,
    )


def _run(database: str, folder: Path) -> tuple[int, str, tuple[str, ...]]:
    log = folder / "evidence.jsonl"
    words = [
        sys.executable,
        str(ROOT / "scripts/test_migrations.py"),
        "--project",
        str(PROJECT),
        "--settings",
        "settings",
    ]
    words += ["--database", database, "--json", str(folder / "report.json"), "--evidence", str(log)]
    done = subprocess.run(
        [*words, *(word for app in APPS for word in ("--app", app))],
        cwd=PROJECT,
        env=steady(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    started = [record for record in evidence.read(log) if isinstance(record, RunStarted)]
    assert started, done.stdout
    # Looked for at once: the next run of anybody on this machine would tidy up.
    return done.returncode, done.stdout, tuple(leftovers(f"{PREFIX}{started[0].id}"))


def leftovers(prefix: str) -> Iterator[str]:
    """Yield the folders and the processes that carry a name which begins with ``prefix``."""
    for place in places():
        yield from (str(path) for path in place.iterdir() if path.name.startswith(prefix))
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True)
    yield from (line for line in listed.stdout.splitlines() if prefix in line)


Rehearsed = Callable[[str], Rehearsal]
