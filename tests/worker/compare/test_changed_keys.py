"""Rows of tables whose primary key changes its columns are paired by what survives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db.migrations.state import ModelState, ProjectState

from django_switchback.worker.compare.changed_keys import IN_REAPPLY, IN_ROLLBACK, IN_UNWIND, with_stable_keys
from django_switchback.worker.compare.cycle_differences import cycle_rollback_difference
from django_switchback.worker.compare.generic_references import DJANGO_NAMES, ModelTables, model_tables
from django_switchback.worker.compare.snapshots import (
    Snapshot,
    added_keys,
    reapply_difference,
    rollback_difference,
)
from django_switchback.worker.compare.unwind_losses import UnwindSnapshots, unwind_losses
from django_switchback.worker.snapshot.interface import CatalogueObject, ObjectKey, RowTexts, TableRows
from django_switchback.worker.snapshot.large_tables.hashed_rows import HashedRows, text_id
from django_switchback.worker.snapshot.large_tables.sorting import sorted_rows
from django_switchback.worker.snapshot.table_layout import rows_by_values

Table = tuple[str, Sequence[tuple[str | None, ...]]]
"""Columns in one text, and rows. ``*name`` is the key, ``name+`` unique, ``name=type``, ``name>table``."""
INTEGER, UUID, TEXT = "bigint", "uuid", "varchar(40)"


def taken(**tables: Table) -> Snapshot:
    """Return a snapshot of ``tables``."""
    schema: dict[ObjectKey, CatalogueObject] = {}
    rows: dict[str, TableRows] = {}
    for table, (text, values) in tables.items():
        schema["table", table] = CatalogueObject(None, {}, (table,))
        names: list[str] = []
        for word in text.split():
            name, _, kind = word.strip("*").partition("=")
            name, _, refers = name.partition(">")
            unique, name = name.endswith("+"), name.rstrip("+")
            names.append(name)
            generated = {"identity": "by default"} if kind == INTEGER and word[0] == "*" else {}
            column = CatalogueObject(table, {"type": kind or TEXT, **generated}, (name,))
            schema["column", f"{table}.{name}"] = column
            if refers:
                schema["constraint", f"{table}.{name}_fk"] = CatalogueObject(table, {}, (name,), (refers,))
            if unique:
                schema["constraint", f"{table}.{name}_uniq"] = CatalogueObject(
                    table, {"type": "unique"}, (name,)
                )
        key = tuple(word.strip("*").partition("=")[0] for word in text.split() if word[0] == "*")
        if key:
            schema["constraint", f"{table}.pk"] = CatalogueObject(table, {"type": "primary key"}, key)
        keyed: list[RowTexts] = [dict(zip(names, row, strict=True)) for row in values]
        rows[table] = TableRows(
            key,
            tuple(names),
            {tuple(row[column] for column in key): row for row in keyed}
            if key
            else rows_by_values(keyed, tuple(names)),
        )
    return Snapshot(schema, rows, rows, {table: str(values) for table, values in tables.items()})


def differences(
    *snapshots: Snapshot, tables_of: ModelTables = DJANGO_NAMES
) -> list[tuple[str, int, int, int, tuple[str, ...]]]:
    """Return what a rollback left different: table, lost, added and changed rows, columns."""
    before, after, loaded, restored = with_stable_keys(snapshots, IN_ROLLBACK, tables_of)
    found = rollback_difference(
        before, after, loaded, restored, written=added_keys(after, loaded), signalled={}
    )
    return [(row.table, row.lost, row.added, row.changed, row.columns) for row in found.rows]


NATURAL, SURROGATE = "*code name", f"*id={INTEGER} code+ name"
OLD = [("31", "Peru"), ("de", "Germany"), ("fr", "France")]
AFTER = taken(country=(SURROGATE, [("1", *OLD[0]), ("2", *OLD[1]), ("31", *OLD[2])]))
LOADED = taken(country=(SURROGATE, [("1", *OLD[0]), ("2", *OLD[1]), ("31", *OLD[2]), ("32", "it", "Italy")]))


@pytest.mark.parametrize(
    ("restored", "expected"),
    [
        ([*OLD, ("it", "Italy")], []),
        ([*OLD[1:], ("it", "Italy")], [("country", 1, 0, 0, ())]),
        (OLD, [("country", 1, 0, 0, ())]),
        ([*OLD[:2], ("fr", "Italy"), ("it", "France")], [("country", 0, 0, 2, ("name",))]),
        ([*OLD, ("it", "Italy"), ("pt", "Portugal")], [("country", 0, 1, 0, ())]),
    ],
    ids=["sound", "old row lost", "new row lost", "values swapped", "row left"],
)
def test_natural_key_becomes_a_column(restored: list[tuple[str | None, ...]], expected: object) -> None:
    """The old key is still there after the target, and identifies old rows and new ones."""
    before = taken(country=(NATURAL, OLD))
    assert differences(before, AFTER, LOADED, taken(country=(NATURAL, restored))) == expected


def uuids(*authors: tuple[str, ...], books: tuple[tuple[str, str], ...]) -> Snapshot:
    """Return authors under a UUID, and the books that refer to them."""
    return taken(
        author=(f"*id={UUID} name", list(authors)),
        book=(f"*id={INTEGER} author>author={UUID}", list(books)),
    )


def integers(*authors: tuple[str, ...], books: tuple[tuple[str, str], ...]) -> Snapshot:
    """Return authors under an integer, and the books that refer to them."""
    return taken(
        author=(f"*id={INTEGER} name", list(authors)),
        book=(f"*id={INTEGER} author>author={INTEGER}", list(books)),
    )


BEFORE_UUID = integers(("3", "Ann"), ("7", "Bob"), ("9", "Bob"), books=(("1", "3"), ("2", "7"), ("3", "9")))
WITH_UUID = uuids(("a", "Ann"), ("b", "Bob"), ("c", "Bob"), books=(("1", "a"), ("2", "b"), ("3", "c")))
LOADED_UUID = uuids(
    ("a", "Ann"), ("b", "Bob"), ("c", "Bob"), ("d", "New"),
    books=(("1", "a"), ("2", "b"), ("3", "c"), ("4", "d")),
)  # fmt: skip


@pytest.mark.parametrize(
    ("authors", "books", "expected"),
    [
        ((("1", "Bob"), ("2", "Bob"), ("3", "Ann"), ("4", "New")), "3214", []),
        ((("1", "Bob"), ("2", "Bob"), ("3", "Ann"), ("4", "New")), "3124", []),
        ((("1", "Bob"), ("2", "Bob"), ("3", "Ann"), ("4", "New")), "3114", [("book", 0, 0, 1, ("author",))]),
        ((("1", "Bob"), ("2", "Bob"), ("3", "Ann"), ("4", "New")), "1324", [("book", 0, 0, 2, ("author",))]),
        ((("1", "Bob"), ("2", "Bob"), ("3", "Ann"), ("4", "New")), "3213", [("book", 0, 0, 1, ("author",))]),
        (
            (("1", "Bob"), ("3", "Ann"), ("4", "New")),
            "3114",
            [("author", 1, 0, 0, ()), ("book", 0, 0, 1, ("author",))],
        ),
        ((("3", "Ann"), ("7", "Bob"), ("9", "Rob"), ("4", "New")), "3794", [("author", 0, 0, 1, ("name",))]),
    ],
    ids=["renumbered", "equal authors exchanged", "two onto one", "swapped", "new book", "lost", "changed"],
)  # fmt: skip
def test_integer_becomes_uuid(authors: tuple[tuple[str, ...], ...], books: str, expected: object) -> None:
    """Numbers may come back in another order if the references follow them; rows have to come back."""
    restored = integers(*authors, books=tuple((str(at), to) for at, to in enumerate(books, 1)))
    assert differences(BEFORE_UUID, WITH_UUID, LOADED_UUID, restored) == expected


def test_new_rows_equal_to_old_ones() -> None:
    """A new author with an old one's name is told from it by the new books."""
    authors = (("a", "Ann"), ("b", "Bob"), ("c", "Bob"))
    loaded = uuids(*authors, ("d", "Bob"), books=(("1", "a"), ("4", "c")))
    restored = integers(
        ("1", "Bob"), ("2", "Bob"), ("3", "Ann"), ("4", "Bob"), books=(("1", "3"), ("4", "4"))
    )
    before = integers(("3", "Ann"), ("7", "Bob"), ("9", "Bob"), books=(("1", "3"),))
    assert differences(before, uuids(*authors, books=(("1", "a"),)), loaded, restored) == []


def test_nothing_but_the_key() -> None:
    """Where nothing survives, rows are told apart by those that refer to them, else counted."""

    def only(kind: str, *keys: str) -> Snapshot:
        return taken(tag=(f"*id={kind}", [(key,) for key in keys]))

    after = only(UUID, "a", "b", "c")
    assert differences(only(INTEGER, "1", "5", "9"), after, after, only(INTEGER, "1", "2", "3")) == []
    assert differences(only(INTEGER, "1", "5", "9"), after, after, only(INTEGER, "1", "2")) == [
        ("tag", 1, 0, 0, ())
    ]


def test_a_natural_key_has_to_come_back() -> None:
    """A key that means something is a value like any other: another one is a change."""
    before = taken(country=("*code name", [("de", "Germany"), ("fr", "France")]))
    after = taken(country=(f"*id={INTEGER} name", [("1", "Germany"), ("2", "France")]))
    restored = taken(country=("*code name", [("de", "Germany"), ("f", "France")]))
    assert differences(before, after, after, restored) == [("country", 0, 0, 1, ("code",))]


LINKS = f"*id={INTEGER} a>left={INTEGER} b>right={INTEGER}"


def links(*rows: tuple[str, str, str]) -> Snapshot:
    """Return a many-to-many table with its two unique foreign keys."""
    snapshot = taken(link=(LINKS, list(rows)))
    both = CatalogueObject("link", {"type": "unique"}, ("a", "b"))
    return snapshot._replace(schema={**snapshot.schema, ("constraint", "link.both"): both})


def test_the_key_of_a_link_means_nothing() -> None:
    """Links that were made anew have other numbers; a link that is gone, or leads elsewhere, is a loss."""
    before = links(("1", "4", "5"), ("2", "4", "6"))
    assert differences(before, before, before, links(("3", "4", "6"), ("4", "4", "5"))) == []
    assert differences(before, before, before, links(("3", "4", "6"))) == [("link", 1, 0, 0, ())]


def test_partitioned_table_takes_another_key() -> None:
    """A key that gains a column still identifies the rows by its old column."""
    before = taken(event=(f"*id={INTEGER} day", [("1", "Mon"), ("2", "Tue")]))
    after = taken(event=(f"*id={INTEGER} *day", [("1", "Mon"), ("2", "Tue")]))
    loaded = taken(event=(f"*id={INTEGER} *day", [("1", "Mon"), ("2", "Tue"), ("3", "Wed")]))
    restored = taken(event=(f"*id={INTEGER} day", [("1", "Mon"), ("2", "Sun"), ("3", "Wed")]))
    assert differences(before, after, loaded, restored) == [("event", 0, 0, 1, ("day",))]


AGAIN = uuids(("x", "Ann"), ("y", "Bob"), ("z", "Bob"), books=(("1", "x"), ("2", "z"), ("3", "y")))
"""``WITH_UUID`` applied again: every key is another one."""
SWAPPED = uuids(("x", "Ann"), ("y", "Bob"), ("z", "Bob"), books=(("1", "z"), ("2", "x"), ("3", "y")))


@pytest.mark.parametrize(("last", "expected"), [(AGAIN, []), (SWAPPED, ["book"])])
def test_reapply(last: Snapshot, expected: list[str]) -> None:
    """Rows that got other keys the second time are the same, and a reference to another row is found."""
    before, after, _, reapplied = with_stable_keys((BEFORE_UUID, WITH_UUID, WITH_UUID, last), IN_REAPPLY)
    found = reapply_difference(after, reapplied, bounds=before)
    assert [row.table for row in found.rows] == expected


@pytest.mark.parametrize(
    ("below", "last", "expected"),
    [
        (BEFORE_UUID, AGAIN, []),
        (
            integers(("3", "Ann"), ("7", "Bob"), ("9", "Bob"), books=(("1", "9"), ("2", "3"), ("3", "7"))),
            SWAPPED,
            ["book"],
        ),
    ],
)
def test_unwind(below: Snapshot, last: Snapshot, expected: list[str]) -> None:
    """What the rollback of the change itself lost is found; other keys alone are no loss."""
    losses = unwind_losses(UnwindSnapshots(WITH_UUID, below, below, last), BEFORE_UUID)
    assert [row.table for row in losses.rows] == expected


def test_unwind_above_the_change() -> None:
    """A migration above it meets other keys when it is applied again, and lost nothing."""
    assert unwind_losses(UnwindSnapshots(WITH_UUID, WITH_UUID, AGAIN, AGAIN), BEFORE_UUID).rows == ()


def test_other_tables_are_left_alone() -> None:
    """Where no key changes, the very same snapshots are returned."""
    snapshots: tuple[Any, ...] = (BEFORE_UUID, BEFORE_UUID._replace(), BEFORE_UUID._replace(), BEFORE_UUID)
    assert all(
        ours is theirs
        for ours, theirs in zip(with_stable_keys(snapshots, IN_ROLLBACK), snapshots, strict=True)
    )
    assert len(IN_UNWIND) == 5


def hashed(snapshot: Snapshot) -> Snapshot:
    """Return ``snapshot`` with hashes in place of the rows."""
    rows = {}
    for name, content in snapshot.rows.items():
        chunks = sorted_rows(
            (
                (text_id(key), tuple(hash(row[column]) or 1 for column in content.columns))
                for key, row in content.rows.items()
            ),
            len(content.columns),
        )
        rows[name] = content._replace(rows=HashedRows.of(content.columns, chunks, dict(content.rows)))
    return snapshot._replace(rows=rows, raw=rows)


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        ((("1", "Bob"), ("2", "Bob"), ("3", "Ann"), ("4", "New")), []),
        ((("1", "Bob"), ("3", "Ann"), ("4", "New")), [("author", 1, 0, 0, ())]),
    ],
)
def test_many_rows(authors: tuple[tuple[str, ...], ...], expected: object) -> None:
    """Of rows stored as hashes, the lost ones are found; their numbers and new rows do not count."""
    restored = integers(*authors, books=(("1", "3"), ("2", "1"), ("3", "2"), ("4", "4")))
    snapshots = (BEFORE_UUID, WITH_UUID, LOADED_UUID, restored)
    assert differences(*map(hashed, snapshots)) == expected


def remarked(
    kind: str,
    authors: tuple[tuple[str, str], ...],
    remarks: tuple[tuple[str, str], ...],
    table: str = "blog_author",
) -> Snapshot:
    """Return authors, in ``table``, and remarks with a content type and an object key."""
    remark: Table = (
        f"*id={INTEGER} kind_id>django_content_type oid text",
        [(str(at), type_name, oid, "7") for at, (type_name, oid) in enumerate(remarks, 1)],
    )
    return taken(**{table: (f"*id={kind} name", list(authors)), "remark": remark})


@pytest.mark.parametrize(
    ("oids", "expected"),
    [
        ("219", []),
        ("129", [("remark", 0, 0, 2, ("oid",))]),
        ("2x9", [("remark", 0, 0, 1, ("oid",))]),
        ("218", [("remark", 0, 0, 1, ("oid",))]),
    ],
    ids=["followed", "stayed", "no row", "other model"],
)
def test_generic_relations(oids: str, expected: object) -> None:
    """An object key has to lead to the same row; where that row has another number now, so has it."""
    names, kinds = ("Ann", "Bob"), ("blog.author", "blog.author", "blog.page")
    before = remarked(INTEGER, tuple(zip("12", names, strict=True)), tuple(zip(kinds, "129", strict=True)))
    after = remarked(UUID, tuple(zip("ab", names, strict=True)), tuple(zip(kinds, "ab9", strict=True)))
    restored = remarked(INTEGER, tuple(zip("21", names, strict=True)), tuple(zip(kinds, oids, strict=True)))
    assert differences(before, after, after, restored) == expected


@pytest.mark.parametrize("table", ["people", "staff.people"])
@pytest.mark.parametrize(("oids", "expected"), [("21", []), ("12", [("remark", 0, 0, 2, ("oid",))])])
def test_generic_relations_to_a_named_table(table: str, oids: str, expected: object) -> None:
    """The table of a content type is the one of its model, or of the model that it is a proxy of."""
    state = ProjectState()
    state.add_model(ModelState("blog", "Author", [], {"db_table": 'staff"."people'}))
    state.add_model(ModelState("blog", "Poet", [], {"proxy": True}, ("blog.author",)))
    kinds, names = ("blog.author", "blog.poet"), ("Ann", "Bob")
    before, after, restored = (
        remarked(kind, tuple(zip(keys, names, strict=True)), tuple(zip(kinds, objects, strict=True)), table)
        for kind, keys, objects in ((INTEGER, "12", "12"), (UUID, "ab", "ab"), (INTEGER, "21", oids))
    )
    found = differences(before, after, after, restored, tables_of=model_tables([state]))
    assert found == expected


@pytest.mark.parametrize(("oids", "expected"), [("21", []), ("12", [])])
def test_equal_rows_are_told_apart_by_generic_relations(oids: str, expected: object) -> None:
    """Of two authors with one name, each is the one that the same remark leads to."""
    kinds, names = ("blog.author", "blog.author"), ("Ann", "Ann")
    before, after, restored = (
        remarked(kind, tuple(zip(keys, names, strict=True)), tuple(zip(kinds, objects, strict=True)))
        for kind, keys, objects in ((INTEGER, "12", "12"), (UUID, "ab", "ba"), (INTEGER, "12", oids))
    )
    assert differences(before, after, after, restored) == expected


def grouped(*groups: str, links: tuple[tuple[str, str], ...] = ()) -> Snapshot:
    """Return groups by name, and a many-to-many table that links to them."""
    return taken(
        group=("*name=text", [(name,) for name in groups]),
        link=(f"*id={INTEGER} group_id+>group=text", list(links)),
    )


@pytest.mark.parametrize(
    ("before", "restored", "lost"),
    [((), (), 0), (("old",), (), 1), ((), ("new",), 1)],
    ids=["deleted with it", "not the target's own", "still there"],
)
def test_links_to_a_row_of_the_target(before: tuple[str, ...], restored: tuple[str, ...], lost: int) -> None:
    """A new link cannot stay without the row that the target inserted, and has to stay with any other."""
    after, old = grouped(*before, "new"), grouped(*before)
    loaded = grouped(*before, "new", links=(("1", (*before, "new")[0]),))
    found = cycle_rollback_difference(
        old,
        after,
        loaded,
        grouped(*before, *restored),
        tables_of=DJANGO_NAMES,
        written=added_keys(after, loaded),
        signalled={},
    )
    assert sum(row.lost for row in found.rows) == lost


NUMBERED = "*id=bigint name"


@pytest.mark.parametrize(
    ("back", "new", "expected"),
    [
        (0, "3", []),
        (0, "-997", []),
        (0, None, [("note", 1, 0, 0, ())]),
        (100, "3", [("note", 2, 2, 0, ())]),
    ],
    ids=["inverse", "sequence behind", "new row lost", "other keys"],
)
def test_renumbered_rows(back: int, new: str | None, expected: list[Any]) -> None:
    """Old rows have to get back the keys that a formula changed; new rows have those that it gives them."""
    old = (("1", "a"), ("2", "b"))
    after = (("1001", "a"), ("1002", "b"))
    restored = tuple((str(int(key) + back), name) for key, name in old)
    found = differences(
        taken(note=(NUMBERED, old)),
        taken(note=(NUMBERED, after)),
        taken(note=(NUMBERED, (*after, ("1003", "c")))),
        taken(note=(NUMBERED, (*restored, *([(new, "c")] if new else [])))),
    )
    assert found == expected
