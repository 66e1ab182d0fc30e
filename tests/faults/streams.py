"""Faults: closed and full streams, files that cannot be written, folders, users and limits."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from typing import Any

from .case import Case, Make, Place, Wrap
from .expectations import one_line, says, verdict
from .projects import sound


def shell(redirection: str) -> Wrap:
    """Return what starts the program from a shell with a redirection."""
    return lambda place, words: ["sh", "-c", f'exec "$@" {redirection}', "sh", *words]


def behind(*before: str) -> Wrap:
    """Return what starts the program by another one, such as ``prlimit``."""
    return lambda place, words: [*before, *words]


def _into(name: str, target: str) -> Wrap:
    """Return what lets a report go elsewhere."""

    def wrap(place: Place, words: list[str]) -> list[str]:
        at = words.index(name) + 1
        return [*words[:at], target.replace("{results}", str(place.results)), *words[at + 1 :]]

    return wrap


def after(make: Make, act: Callable[[Place], None]) -> Make:
    """Return what makes a project and then does ``act``."""

    def made(place: Place) -> None:
        make(place)
        act(place)

    return made


_passes = (verdict("things", "passed"), verdict("others", "passed"))


def _fine(name: str, **more: Any) -> Case:
    values: dict[str, Any] = {"project": sound(), "expects": _passes, **more}
    return Case(name=name, **values)


STANDARD = (
    _fine("standard input is closed", wrap=shell("<&-")),
    _fine("standard output is closed", wrap=shell(">&-"), status=(3,)),
    _fine("standard error is closed", wrap=shell("2>&-")),
    _fine("all standard streams are closed", wrap=shell("<&- >&- 2>&-"), status=(3,)),
    Case(
        name="standard output is full",
        project=sound(),
        wrap=shell(">/dev/full"),
        status=(3,),
        expects=(*_passes, says("standard output"), one_line()),
    ),
    _fine("standard error is full", wrap=shell("2>/dev/full")),
    Case(
        name="who reads standard output goes away",
        project=sound(),
        wrap=lambda place, words: [
            "sh",
            "-c",
            '("$@"; echo $? >"$0/status") | true',
            str(place.root),
            *words,
        ],
        expects=_passes,
    ),
    _fine("standard streams speak ASCII alone", variables={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}),
)

REPORTS = (
    *(
        Case(
            name=f"the {name} goes to a full disk",
            project=sound(),
            wrap=_into(f"--{name}", "/dev/full"),
            status=(2, 3),
            expects=(says("/dev/full"), one_line()),
        )
        for name in ("json", "junit", "evidence")
    ),
    *(
        Case(
            name=f"the {name} goes to a folder that is not there",
            project=sound(),
            wrap=_into(f"--{name}", "{results}/missing/file"),
            status=(2,),
            expects=(says("missing"), one_line()),
        )
        for name in ("json", "evidence")
    ),
    Case(
        name="the json goes to a folder",
        project=sound(),
        wrap=_into("--json", "{results}"),
        status=(2,),
        expects=(says("results"), one_line()),
    ),
    Case(
        name="two reports go to one file",
        project=sound(),
        wrap=_into("--junit", "{results}/report.json"),
        status=(2,),
        expects=(says("report.json"), one_line()),
    ),
    Case(
        name="a report and the evidence go to one file",
        project=sound(),
        wrap=_into("--json", "{results}/evidence.jsonl"),
        status=(2,),
        expects=(says("evidence.jsonl"), one_line()),
    ),
)


def _moved(name: str) -> Wrap:
    """Return what lets TMPDIR be a folder below the usual one, made by the campaign."""

    def wrap(place: Place, words: list[str]) -> list[str]:
        folder = place.root / name
        folder.mkdir()
        folder.chmod(0o1777)
        return ["env", f"TMPDIR={folder}", *words]

    return wrap


def _closed(place: Place, words: list[str]) -> list[str]:
    place.temporary.chmod(0o700)
    return words


def _nobody(place: Place, words: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return words
    for path in (place.results, place.project):
        for each in (path, *path.rglob("*")):
            os.chown(each, 65534, 65534)
    # It may read what root may, since Python itself may lie in root's home.
    may = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *may, *words]


def _odd_path(place: Place, words: list[str]) -> list[str]:
    odd = os.fsencode(place.root) + b"/caf\xe9"
    shutil.copytree(place.project, os.fsdecode(odd))
    return [os.fsdecode(odd) if word == str(place.project) else word for word in words]


def _read_only(place: Place) -> None:
    for each in (place.project, *place.project.rglob("*")):
        each.chmod(0o555 if each.is_dir() else 0o444)


def _gone(place: Place, words: list[str]) -> list[str]:
    folder = place.root / "gone"
    folder.mkdir()
    return ["sh", "-c", 'cd "$0" && rmdir "$0" && exec "$@"', str(folder), *words]


FOLDERS = (
    _fine(
        "TMPDIR has a comma, a blank and a quote",
        wrap=_moved("a, b'c"),
        databases=("sqlite", "postgresql-15"),
    ),
    _fine("TMPDIR is so long that no socket fits", wrap=_moved("x" * 120), databases=("postgresql-15",)),
    _fine("TMPDIR is closed to the user of the server", wrap=_closed, databases=("postgresql-18",)),
    _fine("TMPDIR is not there", wrap=behind("env", "TMPDIR=/nowhere/at/all")),
    Case(
        name="the project's path is not UTF-8",
        project=sound(),
        wrap=_odd_path,
        status=(2,),
        expects=(says("UTF-8"), one_line()),
    ),
    _fine("the project can only be read", project=after(sound(), _read_only), wrap=_nobody),
    Case(
        name="the working folder is gone",
        project=sound(),
        wrap=_gone,
        status=(2, 3),
        reports=False,
        expects=(one_line(),),
    ),
)

USERS = (
    _fine("an ordinary user, SQLite", wrap=_nobody),
    _fine("an ordinary user, PostgreSQL", wrap=_nobody, databases=("postgresql-15",)),
    _fine("no HOME and no USER", wrap=behind("env", "-u", "HOME", "-u", "USER", "-u", "LOGNAME")),
)

LIMITS = (
    _fine("64 descriptors", wrap=behind("prlimit", "--nofile=64"), databases=("sqlite", "postgresql-15")),
    Case(
        name="8 descriptors",
        project=sound(),
        wrap=behind("prlimit", "--nofile=8"),
        status=(2, 3),
        reports=False,
        expects=(one_line(),),
    ),
    Case(
        name="files of at most 512 KiB, which the databases outgrow",
        project=sound(),
        wrap=behind("prlimit", "--fsize=524288"),
        words=("--rows", "20000"),
        databases=("sqlite",),
        status=(1, 3),
        expects=(one_line(),),
    ),
    Case(
        name="3 GB of address space",
        project=sound(),
        wrap=behind("prlimit", "--as=3000000000"),
        expects=_passes,
    ),
    Case(
        name="no process may be started",
        project=sound(),
        wrap=lambda place, words: _nobody(place, ["prlimit", "--nproc=1", *words]),
        status=(2, 3),
        reports=False,
        expects=(one_line(),),
    ),
)

CASES = (*STANDARD, *REPORTS, *FOLDERS, *USERS, *LIMITS)
