"""Write the projects that every tool is given: the gallery's, and one of the migrations of one operation."""

from __future__ import annotations

import ast
import inspect
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import migrations
from gallery_tests.cases import CASES, GALLERY, Case, write_project
from one_operation.cases import CASES as ONE_OPERATION
from one_operation.cases import Case as Operation
from one_operation.models_before import INITIAL, TARGET

from peers.counts import Subject

ONE = "one operation each"
ONE_OPERATION_PROJECT = "operations"
OPERATIONS_TOGETHER = 12
"""Migrations of one operation in a project: each is rehearsed beside the tables of all."""
GROUPS = {
    "rollback": (
        "irreversible",
        "old-code-fails-after-rollback",
        "reapply-differs",
        "reapply-fails",
        "rollback-blocked-by-new-rows",
        "rollback-fails",
        "rollback-fails-with-data",
        "rollback-leaves-data",
        "rollback-leaves-schema",
        "rollback-loses-data",
    ),
    "forward": ("forward-fails", "forward-fails-with-data", "new-code-fails"),
    "interruption": ("forward-not-resumable", "rollback-not-atomic", "rollback-swallows-error"),
    "deploy window": (
        "blocking-lock",
        "grows-with-rows",
        "mixed-schema-and-data",
        "old-code-breaks",
        "table-rewrite",
        "unbatched-data-migration",
    ),
}
"""The rules that are compared by group; the others judge code, the project, or the rehearsal itself."""
GROUP_OF = {rule: group for group, rules in GROUPS.items() for rule in rules}
ENGINE = "postgresql"


def write_subjects(folder: Path) -> list[Subject]:
    """Write every project into ``folder`` and return the migrations whose verdicts are known."""
    subjects = []
    for group in sorted({case.group for case in CASES if case.slug in GROUP_OF}):
        cases = [case for case in CASES if case.group == group]
        write_project(folder / group, cases)
        subjects += [subject for case in cases for subject in _of_gallery(folder / group, case)]
    for number in range(0, len(ONE_OPERATION), OPERATIONS_TOGETHER):
        operations = ONE_OPERATION[number : number + OPERATIONS_TOGETHER]
        subjects += _write_operations(folder / f"{ONE_OPERATION_PROJECT}-{number}", operations)
    for file in folder.glob("*/*/migrations/*.py"):
        file.write_text(with_keywords(file.read_text(encoding="utf-8")), encoding="utf-8")
    return subjects


def _of_gallery(project: Path, case: Case) -> Iterator[Subject]:
    expected = case.expected[ENGINE]
    if case.slug not in GROUP_OF:
        return
    if (case.unsafe and case.slug in expected.rules) or not (case.unsafe or expected.rules):
        subject = _subject(project, case.app, GROUP_OF[case.slug], case.slug, case.unsafe)
        yield subject._replace(hot_tables=case.hot_tables)


def _subject(project: Path, app: str, group: str, rule: str, hazard: bool) -> Subject:
    files = sorted((project / app / "migrations").glob("[0-9]*.py"))
    kinds = frozenset(_name(call) for call in _operations(ast.parse(files[-1].read_text(encoding="utf-8"))))
    previous = files[-2].stem if len(files) > 1 else "zero"
    return Subject(project.name, app, group, rule, hazard, previous, files[-1].stem, kinds)


def _write_operations(project: Path, cases: Iterable[Operation]) -> list[Subject]:
    project.mkdir()
    for name in ("manage.py", "settings.py"):
        shutil.copy(GALLERY / name, project)
    return [_write_operation(project, case) for case in cases]


def _write_operation(project: Path, case: Operation) -> Subject:
    folder = project / case.name / "migrations"
    folder.mkdir(parents=True)
    for file in (folder / "__init__.py", folder.parent / "__init__.py", folder.parent / "models.py"):
        file.touch()
    dependency = f'    dependencies = [("{case.name}", "0001_initial")]\n    operations'
    target = TARGET.replace("{before}", case.before).replace("{operation}", case.operation)
    target = target.replace("    operations", dependency)
    for name, text in (("0001_initial", INITIAL), ("0002_target", target)):
        (folder / f"{name}.py").write_text(text.replace("{app}", case.name), encoding="utf-8")
    breaks = bool(case.broken_on(ENGINE) | case.cascades)
    rule = "old-code-breaks" if breaks or not case.warnings else "blocking-lock"
    return _subject(project, case.name, ONE, rule, bool(breaks or case.warnings))


def with_keywords(source: str) -> str:
    """Return a migration with its operations' arguments as keywords, as ``makemigrations`` writes them.

    Tools that read the text look for these.
    """
    tree = ast.parse(source)
    for call in _operations(tree):
        operation = getattr(migrations, _name(call), None)
        if operation is not None and call.args and not any(isinstance(arg, ast.Starred) for arg in call.args):
            names = list(inspect.signature(operation).parameters)
            call.keywords = [
                *(ast.keyword(name, arg) for name, arg in zip(names, call.args, strict=False)),
                *call.keywords,
            ]
            call.args = []
    return ast.unparse(tree) + "\n"


def _operations(tree: ast.Module) -> list[ast.Call]:
    return [
        element
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "operations"
        if isinstance(node.value, ast.List)
        for element in node.value.elts
        if isinstance(element, ast.Call)
    ]


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]
