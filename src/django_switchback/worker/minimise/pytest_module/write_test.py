"""Writes a short pytest module that reproduces a symptom with plain Django, for the project to keep."""

from __future__ import annotations

import keyword
import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Direction, RowDifference
from django_switchback.worker.migrate.steps import MigrationKey
from django_switchback.worker.minimise.literals import literal, selection
from django_switchback.worker.minimise.pytest_module.required_apps import required_apps
from django_switchback.worker.minimise.rows import RowId, RowReferences
from django_switchback.worker.minimise.trial_rows import ModelRow
from django_switchback.worker.seed.references.order import dependency_order
from django_switchback.worker.snapshot.table_layout import quote_identifier

_WIDTH = 100
"""Maximum line length of the test in characters, unless a single value is longer."""
_HEAD = '''\
"""{title}

Run it from the project's folder: python -m pytest FILE
"""

{imports}
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")
django.setup()
connection = connections["{alias}"]
BEFORE = [{before}]


@pytest.fixture
def empty_database():
    """An empty test database on the project's own server, dropped in the end."""
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = connection.creation._create_test_db(verbosity=0, autoclobber=True)
    yield
    connection.creation.destroy_test_db(name, verbosity=0)


def migrate(app, name):
    call_command("migrate", app, name, database="{alias}", verbosity=0)


def put(apps, label, /, **values):
    """Store a row as it is, as loaddata does, through its historical model."""
    row = apps.get_model(label)(**values)
    row.save_base(raw=True, using="{alias}")
    return row
'''
_REFER = """

def refer(row, /, **values):
    vars(row).update(values)
    row.save_base(raw=True, using="{alias}")
"""
"""Helper for rows in a reference cycle: one of them is inserted before the row it refers to."""
_ROWS = """

def rows():
    with connection.cursor() as cursor:
        cursor.execute({query!r})
        return cursor.fetchall()
"""
_APPS = "apps = MigrationLoader(connection).project_state({nodes}).apps"
_FAILURE_TITLES = {
    "forward": "Applying {} raises with these rows.",
    "rollback": "Rolling back {} raises with these rows.",
    "reapply": "Applying {} again after its rollback raises with these rows.",
}
_DIFFERENCE_TITLES = {
    "restored": "Rolling back {} does not restore these rows.",
    "reapplied": "Applying {} again does not do to these rows what it did the first time.",
}


class TestSubject(NamedTuple):
    """The target, the name to migrate to for its rollback, its migrations and state before, its symptom.

    ``quoted_tables`` holds the tables as SQL names them.
    """

    key: MigrationKey
    previous: str
    alias: str
    applied: frozenset[MigrationKey]
    loader: MigrationLoader
    state: ProjectState
    direction: Direction
    about: str
    quoted_tables: Mapping[str, str] = {}


def render_test(
    subject: TestSubject,
    rows: Mapping[RowId, ModelRow],
    references: RowReferences,
    differing: tuple[RowDifference, ...],
) -> str:
    """Return the source of a pytest module that fails while ``rows`` reproduce the symptom.

    The test migrates an empty database of its own. ``differing`` is empty unless a comparison is the symptom.
    """
    rows = _ordered(rows, references)
    target = ".".join(subject.key)
    title = (_DIFFERENCE_TITLES[subject.about] if differing else _FAILURE_TITLES[subject.direction]).format(
        target
    )
    lines = list(
        _body(subject, rows, references, compare=bool(differing), late=_compares_new_rows(rows, differing))
    )
    body = "\n".join(f"    {line}" for line in lines)
    words = "".join(letter if letter.isalnum() else "_" for letter in target)
    head = _HEAD.format(
        title=title,
        settings=os.environ.get("SWITCHBACK_PROJECT_SETTINGS", "settings"),
        alias=subject.alias,
        before=", ".join(
            f"({app!r}, {name!r})".replace("'", '"')
            for app, name in _migrations_before(subject, rows, references)
        ),
        imports=_imports(body),
    )
    helper = _REFER.format(alias=subject.alias) if "    refer(" in body else ""
    helper += _ROWS.format(query=_query(subject, differing[0])) if differing else ""
    test = f"@pytest.mark.django_db(transaction=True)\ndef test_{words}(empty_database):\n{body}\n"
    return f"{head}{helper}\n\n{test}"


def _ordered(rows: Mapping[RowId, ModelRow], references: RowReferences) -> Mapping[RowId, ModelRow]:
    """Return ``rows`` in dependency order; in a cycle, a row with a nullable reference comes first."""
    hard = {
        row_id: frozenset(
            referred for column, referred in references.get(row_id, {}).items() if column in row.required
        )
        for row_id, row in rows.items()
    }
    soft = {row_id: frozenset(references.get(row_id, {}).values()) for row_id in rows}
    return {row_id: rows[row_id] for row_id in dependency_order(tuple(rows), hard, soft)}


def _compares_new_rows(rows: Mapping[RowId, ModelRow], differing: tuple[RowDifference, ...]) -> bool:
    """Return whether the differing table has rows written after the target, so that they are compared."""
    tables = {difference.table for difference in differing[:1]}
    return any(row_id.written == "after" and row_id.table in tables for row_id in rows)


def _body(
    subject: TestSubject,
    rows: Mapping[RowId, ModelRow],
    references: RowReferences,
    *,
    compare: bool,
    late: bool,
) -> Iterator[str]:
    app, name = subject.key
    forward, back = f'migrate("{app}", "{name}")', f'migrate("{app}", "{subject.previous}")'
    names = _names(rows, references)
    early = {row_id: row for row_id, row in rows.items() if row_id.written == "before"}
    yield "for app, name in BEFORE:"
    yield "    migrate(app, name)"
    yield _APPS.format(nodes="BEFORE")
    yield from _insert_lines(subject, early, references, names)
    if compare and subject.about == "restored" and not late:
        yield "expected = rows()"
    yield forward
    if len(early) < len(rows):
        yield _APPS.format(nodes=f'[*BEFORE, ("{app}", "{name}")]')
        yield from _insert_lines(
            subject, {row_id: rows[row_id] for row_id in rows if row_id not in early}, references, names
        )
    if compare and (subject.about == "reapplied" or late):
        yield "expected = rows()"
    if subject.direction != "forward":
        yield back
    if subject.direction == "reapply":
        yield forward
    if compare:
        yield "assert rows() == expected"


def _insert_lines(
    subject: TestSubject,
    rows: Mapping[RowId, ModelRow],
    references: RowReferences,
    names: Mapping[RowId, str],
) -> Iterator[str]:
    waiting = {
        row_id: [referred for _, referred in _later_references(row_id, rows, references)] for row_id in rows
    }
    for row_id, row in rows.items():
        if row.label is None:
            yield from _sql_insert(subject.quoted_tables[row_id.table], row)
            continue
        referring = {
            row.columns[column]: "None" if referred in waiting[row_id] else f"{names[referred]}.pk"
            for column, referred in references.get(row_id, {}).items()
            if referred in names
        }
        words = ["apps", repr(row.label).replace("'", '"')] + [
            f"{name}={referring[name]}" if name in referring else f"{name}={literal(value)}"
            for name, value in row.values.items()
            if name != row.key
        ]
        begin = f"{names[row_id]} = put(" if row_id in names else "put("
        line = f"{begin}{', '.join(words)})"
        if len(line) <= _WIDTH:
            yield line
        else:
            yield from (begin, *(f"    {word}," for word in words), ")")
        for other, other_row in rows.items():
            for column, referred in _later_references(other, rows, references):
                if referred == row_id and other in names:
                    yield f"refer({names[other]}, {other_row.columns[column]}={names[row_id]}.pk)"


def _later_references(
    row_id: RowId, rows: Mapping[RowId, ModelRow], references: RowReferences
) -> Iterator[tuple[str, RowId]]:
    """Yield the row's references, by column, to rows that are inserted after it."""
    behind = list(rows)[list(rows).index(row_id) :]
    for column, referred in references.get(row_id, {}).items():
        if referred in behind and rows[referred].label is not None:
            yield column, referred


def _sql_insert(table: str, row: ModelRow) -> Iterator[str]:
    columns, marks = ", ".join(map(quote_identifier, row.values)), ", ".join(["%s"] * len(row.values))
    statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"
    yield "with connection.cursor() as cursor:"
    yield f"    cursor.execute({statement!r}, {list(row.values.values())!r})"


def _names(rows: Mapping[RowId, ModelRow], references: RowReferences) -> dict[RowId, str]:
    """Return a variable name for each row that another row refers to."""
    names: dict[RowId, str] = {}
    targets = {referred for row_id in rows for referred in references.get(row_id, {}).values()}
    targets |= {row_id for row_id in rows if any(_later_references(row_id, rows, references))}
    for row_id, row in rows.items():
        if row_id in targets and row.label is not None:
            name = row.label.rpartition(".")[2].lower()
            name = f"{name}_" if keyword.iskeyword(name) or name in {"apps", "put", "refer", "rows"} else name
            used = sum(1 for other in names.values() if other.rstrip("0123456789") == name)
            names[row_id] = f"{name}{used + 1}" if used else name
    return names


def _migrations_before(
    subject: TestSubject, rows: Mapping[RowId, ModelRow], references: RowReferences
) -> list[MigrationKey]:
    """Return the latest applied migration of each app that the target, the rows or their references need."""
    graph = subject.loader.graph
    targets = {parent.key for parent in graph.node_map[subject.key].parents}
    apps = {row.label.partition(".")[0] for row in rows.values() if row.label is not None}
    migration = subject.loader.get_migration(*subject.key)
    apps |= set(required_apps(rows, references, subject.state, migration, subject.alias))
    for app in apps:
        own = {key for key in subject.applied if key[0] == app}
        targets |= {key for key in own if not any(child.key in own for child in graph.node_map[key].children)}
    needed = {other for key in targets for other in graph.forwards_plan(key) if other != key}
    return sorted(targets - needed)


def _query(subject: TestSubject, difference: RowDifference) -> str:
    key = tuple(difference.examples[0].key) if difference.examples else ()
    columns = tuple(dict.fromkeys((*key, *difference.columns))) or ("*",)
    chosen = ", ".join(
        column if column == "*" else selection(column, difference.refers.get(column)) for column in columns
    )
    return f"SELECT {chosen} FROM {subject.quoted_tables[difference.table]} ORDER BY 1"


def _imports(body: str) -> str:
    plain = ["os", *(name for name in ("datetime", "decimal", "uuid") if f"{name}." in body)]
    lines = [f"import {name}" for name in sorted(plain)]
    lines += ["", "import django", "import pytest", "from django.core.management import call_command"]
    lines += ["from django.db import connections", "from django.db.migrations.loader import MigrationLoader"]
    return "\n".join(lines) + "\n"
