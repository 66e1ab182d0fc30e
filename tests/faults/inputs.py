"""Faults: what cannot be used as given. One clear sentence, status 2, nothing done."""

from __future__ import annotations

from typing import Any

from integration.making import App, creates, migration, simple

from .case import Case, Make, Place
from .expectations import one_line, rule, run_is, says, verdict
from .projects import sound, written


def _file(name: str, content: bytes) -> Make:
    """Return what writes a file of the project."""

    def write(place: Place) -> None:
        (place.project / name).write_bytes(content)

    return write


def _no_evidence(place: Place) -> None:
    (place.results / "nonsense.jsonl").write_text("{}\nno\n")


def _apps(**apps: App) -> Make:
    def make(place: Place) -> None:
        written(place, apps)

    return make


def _broken(name: str, text: str) -> Make:
    """Return what makes a project whose migration is ``text``."""
    return _apps(
        things=App(
            {"0001_initial": migration(creates("Thing")), name: text}, "class Thing(models.Model): pass"
        )
    )


def _wrong(name: str, *said: str, **more: Any) -> Case:
    values: dict[str, Any] = {
        "project": sound(),
        "status": (2,),
        "expects": (says(*said), one_line()),
        **more,
    }
    return Case(name=name, **values)


_AFTER = [("things", "0001_initial")]
_KEY = "Klammheimlich-und-lang-genug-0815-Klammheimlich-und-lang"

CASES = (
    _wrong("tool is a number in pyproject.toml", "tool", prepare=_file("pyproject.toml", b"tool = 3\n")),
    _wrong(
        "tool.switchback is a list",
        "switchback",
        prepare=_file("pyproject.toml", b"[tool]\nswitchback = [1]\n"),
    ),
    _wrong("pyproject.toml is no TOML", "pyproject.toml", prepare=_file("pyproject.toml", b"[tool\n")),
    _wrong("pyproject.toml is not UTF-8", "pyproject.toml", prepare=_file("pyproject.toml", b"# caf\xe9\n")),
    _wrong(
        "pyproject.toml has an unknown key",
        "nonsense",
        prepare=_file("pyproject.toml", b"[tool.switchback]\nnonsense = 1\n"),
    ),
    _wrong(".env is not UTF-8", r"\.env", prepare=_file(".env", b"A=caf\xe9\n")),
    Case(
        name="an unknown option",
        project=sound(),
        words=("--nonsense",),
        status=(2,),
        expects=(says("--nonsense"),),
    ),
    _wrong("an unknown database", "oracle", databases=("oracle",)),
    _wrong("an unknown version of PostgreSQL", "postgresql-9", databases=("postgresql-9",)),
    _wrong("an app that is not there", "nonsense", words=("--app", "nonsense")),
    _wrong("a migration that is not there", "0099", words=("--migration", "things.0099")),
    Case(
        name="a timeout of nothing",
        project=sound(),
        words=("--timeout", "0"),
        status=(2,),
        expects=(says("timeout"),),
    ),
    Case(
        name="less than no rows",
        project=sound(),
        words=("--rows", "-1"),
        status=(2,),
        expects=(says("rows"),),
    ),
    _wrong("an interpreter that is not there", "/nowhere/python", words=("--python", "/nowhere/python")),
    _wrong("an interpreter without Django", "cannot start a worker", words=("--python", "/bin/true")),
    _wrong("settings that are not there", "nowhere", words=("--settings", "nowhere.settings")),
    _wrong("settings that raise", "on purpose", project=sound(settings="raise ValueError('on purpose')")),
    _wrong("settings that end the process", "ended the process", project=sound(settings="os._exit(5)")),
    _wrong("settings with a syntax error", "settings", project=sound(settings="def (:")),
    _wrong("a migration with a syntax error", "0002_bad", project=_broken("0002_bad", "def (:")),
    _wrong(
        "a migration that raises while it is imported",
        "on purpose",
        project=_broken("0002_bad", "raise ValueError('on purpose')"),
    ),
    _wrong(
        "a migration that depends on one that is not there",
        "0077",
        project=_broken("0002_bad", migration(after=[("things", "0077_gone")])),
    ),
    _wrong(
        "migrations that depend on each other",
        "circular dependency",
        project=_broken("0002_bad", migration(after=[("things", "0002_bad"), *_AFTER])),
    ),
    _wrong(
        "no project at all",
        "manage.py",
        project=sound(),
        prepare=lambda place: (place.project / "manage.py").unlink(),
    ),
    _wrong(
        "MySQL in the settings and no --database",
        "(?i)mysql",
        project=sound(
            settings="DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': 'x'}}"
        ),
        databases=(),
    ),
    _wrong(
        "Oracle in DATABASE_URL",
        "(?i)oracle",
        databases=(),
        variables={"DATABASE_URL": "oracle://somebody@host/x"},
    ),
    Case(
        name="MySQL in the settings, rehearsed on SQLite",
        project=sound(
            settings="DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql', 'NAME': 'x'}}"
        ),
        expects=(verdict("things", "passed"), says("(?i)mysql")),
    ),
    Case(
        name="two leaves in one app",
        project=_apps(
            others=simple("others", "Other"),
            things=App(
                {
                    "0001_initial": migration(creates("Thing")),
                    "0002_a": migration(after=_AFTER),
                    "0002_b": migration(after=_AFTER),
                },
                "class Thing(models.Model): pass",
            ),
        ),
        status=(1,),
        expects=(rule("", "conflicting-leaves"), verdict("things", "skipped")),
    ),
    Case(
        name="a project without migrations",
        project=_apps(things=App({}, "class Thing(models.Model): pass")),
        status=(0, 1, 2),
    ),
    Case(
        name="SECRET_KEY is a subclass of str",
        project=sound(
            settings=f"from django.utils.safestring import SafeString\nSECRET_KEY = SafeString({_KEY!r})"
        ),
        expects=(verdict("things", "passed"),),
    ),
    Case(
        name="SECRET_KEY is lazy",
        project=sound(
            settings="from django.utils.functional import SimpleLazyObject\n"
            f"SECRET_KEY = SimpleLazyObject(lambda: {_KEY!r})"
        ),
        expects=(verdict("things", "passed"),),
    ),
    Case(
        name="an alias is a mirror of another",
        project=sound(
            settings="DATABASES['replica'] = {**DATABASES['default'], 'TEST': {'MIRROR': 'default'}}"
        ),
        expects=(verdict("things", "passed"), run_is("passed")),
    ),
    _wrong(
        "evidence to report from that is not there",
        "missing.jsonl",
        wrap=lambda place, words: [*words[:3], "report", str(place.results / "missing.jsonl")],
        reports=False,
    ),
    _wrong(
        "evidence to report from that is none",
        "nonsense.jsonl",
        prepare=_no_evidence,
        wrap=lambda place, words: [*words[:3], "report", str(place.results / "nonsense.jsonl")],
        reports=False,
    ),
    _wrong(
        "a lone surrogate as an argument", "app", wrap=lambda place, words: [*words, "--app", "caf\udce9"]
    ),
)
