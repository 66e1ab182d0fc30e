"""Read the cases of the gallery, and write them as apps of a Django project.

A case is one file, ``tests/gallery/<rule>/<name>.py``: a docstring that says why it is unsafe or safe,
``EXPECTED``, then the files of an app, each under a comment with its path in the app. A case without a first
migration of its own has ``tests/gallery/initial.py``.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from gallery_tests.expected import Expected

GALLERY = Path(__file__).parents[1] / "gallery"
FILE_COMMENT = re.compile(r"^# (\S+\.py)\n", re.MULTILINE)
DOCSTRING = re.compile(r'\A(?:""".*?"""\n\n)?', re.DOTALL)
INITIAL = "migrations/0001_initial.py"
SHARED_INITIAL = (GALLERY / "initial.py").read_text(encoding="utf-8").partition("models\n\n\n")[2]
MIGRATION_CLASS = "class Migration(migrations.Migration):\n"

GROUPS = {
    "data": ("rollback_fails_with_data", "rollback_blocked_by_new_rows", "forward_fails_with_data"),
    "rows": ("rollback_loses_data", "rollback_leaves_data", "reapply_differs", "reapply_fails"),
    "stopped": ("timed_out", "worker_died"),
    # One of these cases depends on another.
    "schema": ("rollback_leaves_schema", "schema_drift"),
    "window": ("old_code_breaks",),
    "hygiene": ("live_model_import", "undocumented_risk"),
    "vendors": ("unguarded_vendor_sql",),
    "locks": (
        "blocking_lock",
        "table_rewrite",
        "grows_with_rows",
        "unbatched_data_migration",
        "mixed_schema_and_data",
    ),
    # What cannot be applied hides what the database drifts from, so it is not in "rest".
    "others": ("forward_fails", "scenario_fails", "changed_no_row", "values_not_understood"),
}
"""Rules rehearsed together; all others are in ``rest``."""
CASES_TOGETHER = 24
"""Cases in one project at most: each is rehearsed beside the tables of all, so that small ones are quick."""


@dataclass(frozen=True)
class Case:
    """One case: an app of its own, labelled ``<rule>_<name>``.

    The name begins with ``unsafe``, ``near_miss`` or ``clean``. ``alone``: the case keeps Django from
    migrating its whole project. ``safe_twin``: the case that shows how to mend this one; both are on the
    rule's page. A case of which ``expected`` says nothing on SQLite is in the project on PostgreSQL alone.
    ``hot_tables`` go to ``--hot-tables``. ``files`` are the app's files by their path.
    """

    rule: str
    name: str
    text: str
    expected: dict[str, Expected]
    alone: bool
    safe_twin: str | None
    hot_tables: tuple[str, ...]
    files: dict[str, str]

    def __str__(self) -> str:
        return f"{self.rule}.{self.name}"

    @property
    def app(self) -> str:
        """The app's label."""
        return f"{self.rule}_{self.name}"

    @property
    def slug(self) -> str:
        """The rule's slug."""
        return self.rule.replace("_", "-")

    @property
    def unsafe(self) -> bool:
        """Whether its rule must find something."""
        return self.name.startswith("unsafe")

    @property
    def needs_rows(self) -> bool:
        """Whether its rule finds it only where tables have rows."""
        return any(expected.needs_rows for expected in self.expected.values())

    @property
    def warnings(self) -> frozenset[str]:
        """The rules that find warnings in it, on some database."""
        return frozenset[str]().union(*(expected.warnings for expected in self.expected.values()))

    @property
    def group(self) -> str:
        """The project that it is rehearsed in."""
        return PROJECTS[self.app]

    @property
    def kind(self) -> str:
        """The rules that it is rehearsed together with; its own name if it is alone."""
        if self.alone:
            return str(self)
        return next((group for group, rules in GROUPS.items() if self.rule in rules), "rest")


def read_case(path: Path) -> Case:
    """Read a case from its file; only the part above the first file of the app is executed."""
    head, *parts = FILE_COMMENT.split(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    exec(compile(head, str(path), "exec"), names)
    expected = names["EXPECTED"]
    return Case(
        rule=path.parent.name,
        name=path.stem,
        text=names["__doc__"],
        expected=expected if isinstance(expected, dict) else {"sqlite": expected, "postgresql": expected},
        alone=names.get("ALONE", False),
        safe_twin=names.get("SAFE_TWIN"),
        hot_tables=names.get("HOT_TABLES", ()),
        files=dict(zip(parts[::2], parts[1::2], strict=True)),
    )


def _projects(cases: Iterable[Case]) -> dict[str, str]:
    """Return the project of each case by its app: those of a kind in their order, in parts of one size."""
    kinds: dict[str, list[Case]] = {}
    for case in cases:
        kinds.setdefault(case.kind, []).append(case)
    projects = {}
    for kind, of_kind in kinds.items():
        number = ceil(len(of_kind) / CASES_TOGETHER)
        for index, case in enumerate(of_kind):
            part = index * number // len(of_kind) + 1
            projects[case.app] = kind if number == 1 else f"{kind}-{part}"
    return projects


CASES = tuple(read_case(path) for path in sorted(GALLERY.glob("*/*.py")))
PROJECTS = _projects(CASES)


def write_project(folder: Path, cases: Iterable[Case]) -> None:
    """Write a project whose apps are ``cases`` into ``folder``, their scenarios into ``folder/scenarios``."""
    folder.mkdir()
    (folder / "scenarios").mkdir()
    for name in ("manage.py", "settings.py"):
        shutil.copy(GALLERY / name, folder)
    for case in cases:
        app = folder / case.app
        (app / "migrations").mkdir(parents=True)
        for package in (app, app / "migrations"):
            (package / "__init__.py").touch()
        if "sqlite" not in case.expected:
            (app / "postgresql_only").touch()
        for path, source in app_files(case).items():
            target = folder / "scenarios" / f"{case.app}.py" if path == "scenarios.py" else app / path
            target.write_text(source, encoding="utf-8")


def app_files(case: Case) -> dict[str, str]:
    """Return the files of the case's app as Django reads them, with imports and dependencies."""
    files: dict[str, str] = {}
    previous = None
    for path, source in ({"models.py": "", INITIAL: SHARED_INITIAL} | case.files).items():
        text = source
        if path.startswith("migrations/"):
            if previous is not None and "    dependencies = " not in source:
                dependency = f'    dependencies = [("{case.app}", "{previous}")]\n'
                text = source.replace(MIGRATION_CLASS, MIGRATION_CLASS + dependency)
            previous = Path(path).stem
        files[path] = text if path == "scenarios.py" else _with_import(text)
    return files


def _with_import(source: str) -> str:
    """Insert the import of what the case imports once, below the docstring."""
    docstring = DOCSTRING.match(source)
    assert docstring is not None
    rest = source[docstring.end() :].lstrip()
    names = ", ".join(name for name in ("migrations", "models") if f"{name}." in rest)
    if not names:
        return source
    gap = "" if rest.startswith(("import ", "from ")) else "\n\n"
    return f"{docstring.group()}from django.db import {names}\n{gap}{rest}"
