"""What is taken from the cache is what a fresh run finds; a fault in the cache costs time only."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from sandbox.support import factory_of, url_of

from django_switchback.evidence import AnyRecord, HistoryTakenFromCache, TakenFromCache
from django_switchback.sandbox.interface import Server
from integration.edited_project import (
    KINDS,
    connect_library_receiver,
    connect_receiver_that_queries,
    edited_project,
    irrelevant_edit,
    random_edit,
)
from integration.making import Ran, switchback

TARGETS = 12
LAST_ONE = ("--app", "zoo", "--last", "1")
TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?")
VOLATILE = {"seconds", "started", "cached", "notices", "id", "peak_kib", "run", "queries"}
LEFT_OUT = {
    "run-started",
    "run-finished",
    "part-finished",
    "checkpoint-saved",
    "file-read",
    "taken-from-cache",
    "time-spent",
    "history-taken-from-cache",
    "project-described",
}


def _steady(value: Any) -> Any:
    """Return a report or a record without what differs in each run."""
    match value:
        case dict():
            return {key: _steady(item) for key, item in value.items() if key not in VOLATILE}
        case list() | tuple():
            return [_steady(item) for item in value]
        case str():
            return TIME.sub("TIME", value)
    return value


def _unordered(value: Any) -> Any:
    """Return a report without the order of its lists: workers take turns, so that it is that of no run."""
    match value:
        case dict():
            return {key: _unordered(item) for key, item in value.items()}
        case list():
            return sorted(map(_unordered, value), key=msgspec.json.encode)
    return value


def _differing(found: dict[str, list[Any]], other: dict[str, list[Any]]) -> list[tuple[Any, Any]]:
    """Return the first records that differ in each part."""
    pairs = ((found.get(part, []), other.get(part, [])) for part in {*found, *other})
    return [
        next(pair for pair in zip_longest(ours, theirs) if pair[0] != pair[1])
        for ours, theirs in pairs
        if ours != theirs
    ]


def _evidence(records: tuple[AnyRecord, ...]) -> dict[str, list[Any]]:
    """Return the records by part, each part's in their order."""
    parts: dict[str, list[Any]] = {}
    for record in records:
        found = msgspec.to_builtins(record)
        if found["record"] not in LEFT_OUT:
            parts.setdefault(found.get("part") or "", []).append(_steady(found))
    return parts


def _taken(ran: Ran) -> int:
    return sum(len(record.migrations) for record in ran.of(TakenFromCache))


def _begun_with(ran: Ran) -> int:
    """Return how many migrations the database had with which the way to head began."""
    return sum(record.migrations for record in ran.of(HistoryTakenFromCache))


def _run(folder: Path, *words: str, database: str = "sqlite") -> Ran:
    ran = switchback(folder, *words, "--jobs", "1", options=(), databases=[database])
    assert len(ran.report["migrations"]) == (1 if "--last" in words else TARGETS), ran.err
    assert "error" not in ran.verdicts().values(), ran.out
    return ran


@pytest.mark.parametrize("targets", [(), LAST_ONE], ids=["all", "last one"])
@pytest.mark.parametrize("edits", [6, pytest.param(40, marks=[pytest.mark.slow, pytest.mark.timeout(7200)])])
@pytest.mark.timeout(900)
def test_cached_as_fresh(tmp_path: Path, edits: int, targets: tuple[str, ...]) -> None:
    """After each of several random edits, a run with the cache finds what a run without one does."""
    root, random = edited_project(tmp_path / "project"), Random(11)
    if edits > 6:
        connect_library_receiver(root)
    cache = ("--cache", str(tmp_path / "cache"))
    _run(root, *targets, *cache)
    taken = 0
    for _ in range(edits):
        edit = random_edit(root, random)
        cached = _run(root, *targets, *cache, *edit.options)
        fresh = _run(root, *targets, *edit.options)
        assert _differing(_evidence(cached.records), _evidence(fresh.records)) == [], edit
        assert _unordered(_steady(cached.report)) == _unordered(_steady(fresh.report)), edit
        taken += _begun_with(cached) if targets else _taken(cached)
    assert taken, "a cache that never hits proves nothing"


def test_unknown_dependencies(tmp_path: Path) -> None:
    """A project of which nobody can tell what it depends on is rehearsed, and the report says so."""
    root, cache = edited_project(tmp_path / "project"), tmp_path / "cache"
    odd = "class Odd:\n    def __repr__(self):\n        raise RuntimeError('no text')\n\n\nODD = Odd()\n"
    (root / "settings.py").write_text((root / "settings.py").read_text() + odd)
    ran = _run(root, "--cache", str(cache))
    assert "what they depend on is not known: RuntimeError: no text" in " ".join(ran.report["notices"])
    assert not list(cache.glob("*.entry"))


def test_irrelevant_edits_hit(tmp_path: Path) -> None:
    """Edits that concern no cycle leave all results known."""
    root, cache = edited_project(tmp_path / "project"), ("--cache", str(tmp_path / "cache"))
    _run(root, *cache)
    for number in range(2):
        irrelevant_edit(root, number)
        again = _run(root, *cache)
        assert _taken(again) == TARGETS, again.err
        assert all(entry["cached"] for entry in again.report["migrations"])


@pytest.mark.parametrize("database", ["sqlite", "postgresql-18"])
def test_one_changed_migration(tmp_path: Path, database: str) -> None:
    """The way to a changed migration begins in a database that an earlier run has kept."""
    root, cache = edited_project(tmp_path / "project"), ("--cache", str(tmp_path / "cache"))
    _run(root, *LAST_ONE, *cache, database=database)
    KINDS["migration"](root, "zoo", 9)
    cached = _run(root, *LAST_ONE, *cache, database=database)
    assert _begun_with(cached) == TARGETS - 1
    assert "up to zoo.0003_fill, in a database that the run of" in " ".join(cached.report["notices"])
    fresh = _run(root, *LAST_ONE, database=database)
    assert _differing(_evidence(cached.records), _evidence(fresh.records)) == []
    KINDS["data file"](root, "books", 2)
    assert _begun_with(_run(root, *LAST_ONE, *cache, database=database)) == 0


def test_receiver_that_queries(tmp_path: Path) -> None:
    """No database is kept where a receiver of ``pre_migrate`` uses it: it would meet another one."""
    root, cache = edited_project(tmp_path / "project"), tmp_path / "cache"
    connect_receiver_that_queries(root)
    _run(root, *LAST_ONE, "--cache", str(cache))
    assert list(cache.glob("*.entry"))
    assert not list(cache.glob("*.databases"))


def test_server_by_url(tmp_path: Path, server_of: Callable[[str], Server]) -> None:
    """Nothing is kept of a server that the run did not start, and nothing is said of it."""
    root, cache = edited_project(tmp_path / "project"), tmp_path / "cache"
    url = url_of(factory_of(server_of("postgresql-18")).login, "postgres")
    ran = _run(root, *LAST_ONE, "--cache", str(cache), database=url)
    assert list(cache.glob("*.entry"))
    assert not list(cache.glob("*.databases"))
    assert not [notice for notice in ran.report["notices"] if "cache" in notice.lower()]


def test_damaged_databases(tmp_path: Path) -> None:
    """Kept databases that are damaged, or that others may have written, cost time only."""
    root, cache = edited_project(tmp_path / "project"), tmp_path / "cache"
    words = (*LAST_ONE, "--cache", str(cache))
    _run(root, *words)
    [archive] = cache.glob("*.databases")
    content = archive.read_bytes()
    assert _begun_with(_run(root, *words)) == TARGETS - 1
    for damage in (content[: len(content) // 2], b"", content.replace(content[500:600], bytes(100))):
        archive.write_bytes(damage)
        ran = _run(root, *words)
        assert _begun_with(ran) == 0
        assert _begun_with(_run(root, *words)) == TARGETS - 1, "they are kept anew"
    archive.chmod(0o666)
    assert _begun_with(_run(root, *words)) == 0


@pytest.mark.slow
def test_receiver_of_a_library(tmp_path: Path) -> None:
    """With a library's receiver, a changed last migration leaves those before it known; a field none."""
    root, cache = edited_project(tmp_path / "project"), ("--cache", str(tmp_path / "cache"))
    connect_library_receiver(root)
    _run(root, *cache)
    KINDS["migration"](root, "zoo", 9)
    assert 0 < _taken(_run(root, *cache)) < TARGETS
    model = root / "books" / "models.py"
    model.write_text(
        model.read_text().replace("size = ", "width = models.IntegerField(null=True)\n    size = ")
    )
    assert _taken(_run(root, *cache)) == 0
