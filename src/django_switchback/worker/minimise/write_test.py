"""A test of a few lines that shows a trouble with plain Django, for the project to keep."""

from __future__ import annotations

import datetime
import decimal
import keyword
import os
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from django_switchback.evidence import Direction, RowDifference
from django_switchback.worker.migrate.migrator import MigrationKey
from django_switchback.worker.minimise.required_apps import required_apps
from django_switchback.worker.minimise.rows import RowId
from django_switchback.worker.minimise.trial import ContentTypeKey, ModelRow
from django_switchback.worker.seed.order import dependency_order
from django_switchback.worker.snapshot.table import quote_identifier

_WIDTH = 100
"""Characters that a line of the test has at the most, if its values let it."""
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
    """Store a row as it is, as loaddata does, through the model of the moment."""
    row = apps.get_model(label)(**values)
    row.save_base(raw=True, using="{alias}")
    return row
'''
_REFER = """

def refer(row, /, **values):
    vars(row).update(values)
    row.save_base(raw=True, using="{alias}")
"""
"""For rows that refer to each other: one of them has to be there before what it refers to."""
_ROWS = """

def rows():
    with connection.cursor() as cursor:
        cursor.execute({query!r})
        return cursor.fetchall()
"""
_APPS = "apps = MigrationLoader(connection).project_state({nodes}).apps"
_DOING = {
    "forward": "Applying {} raises with these rows.",
    "rollback": "Rolling back {} raises with these rows.",
    "reapply": "Applying {} again after its rollback raises with these rows.",
}
_DIFFERING = {
    "restored": "Rolling back {} does not restore these rows.",
    "reapplied": "Applying {} again does not do to these rows what it did the first time.",
}


class TestSubject(NamedTuple):
    """What a test is about: the target, what its app is migrated to for rolling it back, the trouble.

    ``applied`` is what was applied right before the target, ``state`` the state of it.
    """

    key: MigrationKey
    previous: str
    alias: str
    applied: frozenset[MigrationKey]
    loader: MigrationLoader
    state: ProjectState
    direction: Direction
    about: str


def render_test(
    subject: TestSubject,
    rows: Mapping[RowId, ModelRow],
    aims: Mapping[RowId, Mapping[str, RowId]],
    differing: tuple[RowDifference, ...],
) -> str:
    """Return a module for pytest that fails as long as ``rows`` bring the trouble out.

    It builds a test database of its own from nothing, as far as the target, with Django's commands alone.
    ``differing`` is where rows differ, if that is the trouble.
    """
    rows = _ordered(rows, aims)
    named = ".".join(subject.key)
    title = (_DIFFERING[subject.about] if differing else _DOING[subject.direction]).format(named)
    lines = list(_body(subject, rows, aims, compare=bool(differing), late=_late(rows, differing)))
    body = "\n".join(f"    {line}" for line in lines)
    words = "".join(letter if letter.isalnum() else "_" for letter in named)
    head = _HEAD.format(
        title=title,
        settings=os.environ.get("SWITCHBACK_PROJECT_SETTINGS", "settings"),
        alias=subject.alias,
        before=", ".join(
            f"({app!r}, {name!r})".replace("'", '"') for app, name in _before(subject, rows, aims)
        ),
        imports=_imports(body),
    )
    helper = _REFER.format(alias=subject.alias) if "    refer(" in body else ""
    helper += _ROWS.format(query=_query(differing[0])) if differing else ""
    test = f"@pytest.mark.django_db(transaction=True)\ndef test_{words}(empty_database):\n{body}\n"
    return f"{head}{helper}\n\n{test}"


def _ordered(
    rows: Mapping[RowId, ModelRow], aims: Mapping[RowId, Mapping[str, RowId]]
) -> Mapping[RowId, ModelRow]:
    """Return ``rows`` so that in a circle the one comes first whose reference may wait."""
    hard = {
        place: frozenset(aim for column, aim in aims.get(place, {}).items() if column in row.required)
        for place, row in rows.items()
    }
    soft = {place: frozenset(aims.get(place, {}).values()) for place in rows}
    return {place: rows[place] for place in dependency_order(tuple(rows), hard, soft)}


def _late(rows: Mapping[RowId, ModelRow], differing: tuple[RowDifference, ...]) -> bool:
    """Tell whether what must not change is there only once the rows of the new release are."""
    tables = {difference.table for difference in differing[:1]}
    return any(place.written == "after" and place.table in tables for place in rows)


def _body(
    subject: TestSubject,
    rows: Mapping[RowId, ModelRow],
    aims: Mapping[RowId, Mapping[str, RowId]],
    *,
    compare: bool,
    late: bool,
) -> Iterator[str]:
    app, name = subject.key
    forward, back = f'migrate("{app}", "{name}")', f'migrate("{app}", "{subject.previous}")'
    names = _names(rows, aims)
    early = {place: row for place, row in rows.items() if place.written == "before"}
    yield "for app, name in BEFORE:"
    yield "    migrate(app, name)"
    yield _APPS.format(nodes="BEFORE")
    yield from _stored(early, aims, names)
    if compare and subject.about == "restored" and not late:
        yield "expected = rows()"
    yield forward
    if len(early) < len(rows):
        yield _APPS.format(nodes=f'[*BEFORE, ("{app}", "{name}")]')
        yield from _stored({place: rows[place] for place in rows if place not in early}, aims, names)
    if compare and (subject.about == "reapplied" or late):
        yield "expected = rows()"
    if subject.direction != "forward":
        yield back
    if subject.direction == "reapply":
        yield forward
    if compare:
        yield "assert rows() == expected"


def _stored(
    rows: Mapping[RowId, ModelRow], aims: Mapping[RowId, Mapping[str, RowId]], names: Mapping[RowId, str]
) -> Iterator[str]:
    waiting = {place: [aim for _, aim in _later(place, rows, aims)] for place in rows}
    for place, row in rows.items():
        if row.label is None:
            yield from _by_sql(place, row)
            continue
        referring = {
            row.columns[column]: "None" if aim in waiting[place] else f"{names[aim]}.pk"
            for column, aim in aims.get(place, {}).items()
            if aim in names
        }
        words = ["apps", repr(row.label).replace("'", '"')] + [
            f"{name}={referring[name]}" if name in referring else f"{name}={_literal(value)}"
            for name, value in row.values.items()
            if name != row.key
        ]
        begin = f"{names[place]} = put(" if place in names else "put("
        line = f"{begin}{', '.join(words)})"
        if len(line) <= _WIDTH:
            yield line
        else:
            yield from (begin, *(f"    {word}," for word in words), ")")
        for other, those in rows.items():
            for column, aim in _later(other, rows, aims):
                if aim == place and other in names:
                    yield f"refer({names[other]}, {those.columns[column]}={names[place]}.pk)"


def _later(
    place: RowId, rows: Mapping[RowId, ModelRow], aims: Mapping[RowId, Mapping[str, RowId]]
) -> Iterator[tuple[str, RowId]]:
    """Yield by column what the row refers to that is stored after it."""
    behind = list(rows)[list(rows).index(place) :]
    for column, aim in aims.get(place, {}).items():
        if aim in behind and rows[aim].label is not None:
            yield column, aim


def _by_sql(place: RowId, row: ModelRow) -> Iterator[str]:
    columns = ", ".join(map(quote_identifier, row.values))
    marks = ", ".join(["%s"] * len(row.values))
    yield "with connection.cursor() as cursor:"
    statement = f"INSERT INTO {quote_identifier(place.table)} ({columns}) VALUES ({marks})"  # noqa: S608 - quoted
    yield f"    cursor.execute({statement!r}, {list(row.values.values())!r})"


def _names(rows: Mapping[RowId, ModelRow], aims: Mapping[RowId, Mapping[str, RowId]]) -> dict[RowId, str]:
    """Return a variable for each row that another refers to by its key."""
    found: dict[RowId, str] = {}
    wanted = {aim for place in rows for aim in aims.get(place, {}).values()}
    wanted |= {place for place in rows if any(_later(place, rows, aims))}
    for place, row in rows.items():
        if place in wanted and row.label is not None:
            name = row.label.rpartition(".")[2].lower()
            name = f"{name}_" if keyword.iskeyword(name) or name in {"apps", "put", "refer", "rows"} else name
            taken = sum(1 for other in found.values() if other.rstrip("0123456789") == name)
            found[place] = f"{name}{taken + 1}" if taken else name
    return found


def _before(
    subject: TestSubject, rows: Mapping[RowId, ModelRow], aims: Mapping[RowId, Mapping[str, RowId]]
) -> list[MigrationKey]:
    """Return what to migrate an empty database to, each app as far as it had come.

    The target's own needs, the tables of the rows, and rows of migrations that these refer to.
    """
    graph = subject.loader.graph
    wanted = {parent.key for parent in graph.node_map[subject.key].parents}
    apps = {row.label.partition(".")[0] for row in rows.values() if row.label is not None}
    migration = subject.loader.get_migration(*subject.key)
    apps |= set(required_apps(rows, aims, subject.state, migration, subject.alias))
    for app in apps:
        own = {key for key in subject.applied if key[0] == app}
        wanted |= {key for key in own if not any(child.key in own for child in graph.node_map[key].children)}
    needed = {other for key in wanted for other in graph.forwards_plan(key) if other != key}
    return sorted(wanted - needed)


def _query(difference: RowDifference) -> str:
    key = tuple(difference.examples[0].key) if difference.examples else ()
    columns = tuple(dict.fromkeys((*key, *difference.columns))) or ("*",)
    chosen = ", ".join(column if column == "*" else quote_identifier(column) for column in columns)
    return f"SELECT {chosen} FROM {quote_identifier(difference.table)} ORDER BY 1"  # noqa: S608 - quoted


def _imports(body: str) -> str:
    plain = ["os", *(name for name in ("datetime", "decimal", "uuid") if f"{name}." in body)]
    lines = [f"import {name}" for name in sorted(plain)]
    lines += ["", "import django", "import pytest", "from django.core.management import call_command"]
    lines += ["from django.db import connections", "from django.db.migrations.loader import MigrationLoader"]
    return "\n".join(lines) + "\n"


def _literal(value: Any) -> str:
    """Return ``value`` as Python source; what Python has no word for as the text that its field takes."""
    if isinstance(value, ContentTypeKey):
        found = f'app_label="{value.app_label}", model="{value.model}"'
        return f'apps.get_model("contenttypes.ContentType").objects.get_or_create({found})[0].pk'
    if isinstance(value, decimal.Decimal | uuid.UUID):
        return f"{type(value).__module__}.{value!r}"
    if isinstance(value, datetime.datetime):
        return repr(value if value.tzinfo is None else value.astimezone(datetime.UTC))
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_literal, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_literal(key)}: {_literal(held)}' for key, held in value.items())}}}"
    if isinstance(value, memoryview):
        return repr(bytes(value))
    return repr(value) if type(value) in {type(None), bool, int, float, str, bytes} else repr(str(value))
