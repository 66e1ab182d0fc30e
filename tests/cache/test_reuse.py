"""What is kept is taken again only if nothing that it depends on has changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from django_switchback.cache.entries import EntryStore
from django_switchback.cache.entry import DamagedEntry, decode, encode
from django_switchback.cache.folder import CacheFolder
from django_switchback.cache.reuse import ResultCache, RunOptions
from django_switchback.evidence import (
    AnyRecord,
    CacheFailed,
    Confirmed,
    DependenciesDescribed,
    FileRead,
    MigrationName,
    MinimalRowsFound,
    NotRun,
    PartFinished,
    StepFinished,
    TakenFromCache,
    TouchedElsewhere,
)
from django_switchback.project.plan import Part

FIRST, SECOND, LATER = (MigrationName("blog", name) for name in ("0001", "0002", "0003"))
OPTIONS = RunOptions("/project", "settings", "", "", 0, 60.0, None, (), deploy_window=True)
SERVER = ("sqlite", "sqlite", "3")
PART = Part(database="sqlite", name="cycles-1", alias="default", kind="cycles", targets=(FIRST, SECOND))
NEEDS = DependenciesDescribed(
    alias="default",
    environment="e",
    plan=("zoo.0001", "blog.0001", "blog.0002", "blog.0003"),
    histories={},
    first_at_head=None,
    prefixes={"blog.0001": "1", "blog.0002": "2", "blog.0003": "3"},
    unstable={},
    project="p",
    newest_change=0.0,
)
STEP = StepFinished(
    database="sqlite",
    part="cycles-1",
    migration=SECOND,
    phase="cycle",
    direction="forward",
    rows="none",
    outcome="ok",
    seconds=1.0,
)
END = PartFinished(database="sqlite", part="cycles-1", seconds=1.0, peak_kib=1)


def cache_of(folder: CacheFolder, options: RunOptions, began: float) -> ResultCache:
    """Return the cache of a run that began then."""
    return ResultCache(folder, options, EntryStore(folder, began))


def keep(
    folder: CacheFolder,
    *records: AnyRecord,
    part: Part = PART,
    needs: DependenciesDescribed = NEEDS,
    observed: tuple[AnyRecord, ...] = (),
) -> CacheFailed | None:
    """Keep the records of a part, as a run does that does not know them."""
    cache = cache_of(folder, OPTIONS, time.time())
    assert cache.known([part], SERVER, needs) == ()
    for record in (*records, *observed):
        cache.observe(record)
    return cache.keep(part, SERVER, (*records, END))


def known(
    folder: CacheFolder,
    part: Part = PART,
    needs: DependenciesDescribed = NEEDS,
    options: RunOptions = OPTIONS,
    server: tuple[str, ...] = SERVER,
) -> bool:
    """Return whether a later run knows ``part``."""
    return bool(cache_of(folder, options, time.time()).known([part], server, needs))


def test_records_of_this_run(folder: CacheFolder) -> None:
    """What is known comes back as records of this run's part, after one that says so."""
    keep(folder, STEP)
    part = msgspec.structs.replace(PART, name="cycles-3")
    [found] = cache_of(folder, OPTIONS, time.time()).known([part], SERVER, NEEDS)
    taken, step = found.records
    assert isinstance(taken, TakenFromCache)
    assert taken.migrations == (FIRST, SECOND)
    assert step == msgspec.structs.replace(STEP, part="cycles-3")


@pytest.mark.parametrize(
    "change",
    [
        {"part": msgspec.structs.replace(PART, targets=(SECOND,))},
        {"part": msgspec.structs.replace(PART, database="postgresql-18")},
        {"needs": msgspec.structs.replace(NEEDS, environment="other")},
        {"needs": msgspec.structs.replace(NEEDS, prefixes={**NEEDS.prefixes, "blog.0002": "other"})},
        {"options": OPTIONS._replace(seed=1)},
        {"options": OPTIONS._replace(rows=9)},
        {"server": ("sqlite", "sqlite", "4")},
    ],
    ids=lambda change: next(iter(change)),
)
def test_changed(folder: CacheFolder, change: dict[str, Any]) -> None:
    """Nothing is known of another part, environment, plan, options or server."""
    keep(folder, STEP)
    assert known(folder)
    assert not known(folder, **change)


def test_later_migrations(folder: CacheFolder) -> None:
    """Migrations that come later change nothing, but for what was found with all of them."""
    keep(folder, STEP)
    later = msgspec.structs.replace(NEEDS, project="q", prefixes={**NEEDS.prefixes, "blog.0003": "other"})
    assert known(folder, needs=later)
    confirmed = Confirmed(
        database="sqlite",
        migration=SECOND,
        phase="cycle",
        direction="forward",
        command="",
        reproduced=True,
        status=1,
    )
    other = msgspec.structs.replace(PART, targets=(FIRST,))
    keep(folder, confirmed, part=other)
    assert known(folder, other)
    assert not known(folder, other, needs=later)


@pytest.mark.parametrize(
    "record",
    [
        NotRun(database="sqlite", migration=SECOND, reason="skipped"),
        NotRun(database="sqlite", migration=SECOND, reason="internal error", error=True),
        msgspec.structs.replace(STEP, outcome="timed-out"),
        msgspec.structs.replace(STEP, outcome="died"),
        TouchedElsewhere(database="sqlite", moment="step", kind="host", address="example.org:80"),
        FileRead(database="sqlite", path="/project/written.txt", kind="file", written=True),
        MinimalRowsFound(
            database="sqlite",
            migration=SECOND,
            phase="cycle",
            direction="rollback",
            about="step",
            on_board=9,
            rows=(),
            test="",
            trials=3,
            seconds=1.0,
            complete=False,
        ),
    ],
    ids=["skip", "our error", "timeout", "died", "network", "file written", "time limit"],
)
def test_never_kept(folder: CacheFolder, record: AnyRecord) -> None:
    """Skips, errors of ours, timeouts, dead workers and the world outside are never kept."""
    keep(folder, STEP, record)
    assert folder.size().entries == 0


def test_unstable_code_is_not_kept(folder: CacheFolder) -> None:
    """Results of code that reads the clock are not kept."""
    keep(folder, STEP, needs=msgspec.structs.replace(NEEDS, unstable={"blog.0002": "now()"}))
    assert folder.size().entries == 0


def test_files(folder: CacheFolder, tmp_path: Path) -> None:
    """A file that was read in the part, or on the way to it, has to be the same; one read later need not."""
    files = {name: tmp_path / name for name in ("own", "before", "later")}
    for file in files.values():
        file.write_text("old")
        os.utime(file, (1, 1))
    own, before, later = (
        FileRead(database="sqlite", path=str(file), kind="file", migration=migration)
        for file, migration in zip(
            files.values(), (SECOND, MigrationName("zoo", "0001"), MigrationName("blog", "0003")), strict=True
        )
    )
    cache = cache_of(folder, OPTIONS, time.time() + 10)
    assert cache.known([PART], SERVER, NEEDS) == ()
    for record in (own, before, later):
        cache.observe(record)
    cache.keep(PART, SERVER, (STEP, own, END))
    files["later"].write_text("new")
    assert known(folder)
    files["before"].write_text("new")
    assert not known(folder)
    files["before"].write_text("old")
    assert known(folder)
    files["own"].unlink()
    assert not known(folder)


def test_changed_meanwhile(folder: CacheFolder, tmp_path: Path) -> None:
    """What was read from a file that was changed since the run began is not kept."""
    cache = cache_of(folder, OPTIONS, time.time())
    cache.known([PART], SERVER, NEEDS)
    (tmp_path / "file").write_text("new")
    read = FileRead(database="sqlite", path=str(tmp_path / "file"), kind="file", migration=SECOND)
    cache.keep(PART, SERVER, (STEP, read, END))
    now = msgspec.structs.replace(NEEDS, newest_change=2.0e9 * 10)
    keep(folder, STEP, needs=now)
    assert folder.size().entries == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:-1],
        lambda content: b"",
        lambda content: b"\x80\x04garbage" * 50,
        lambda content: content.replace(b'"seconds":1.0', b'"seconds":2.0'),
        lambda content: content.replace(b'"format":1', b'"format":2'),
        lambda content: content + content.splitlines(keepends=True)[-1],
        lambda content: content.replace(b'"records":1', b'"records":2'),
        lambda content: content.replace(b'"started":"', b'"started":"\xff', 1),
    ],
    ids=["half", "last byte", "empty", "garbage", "changed", "format", "more", "number", "encoding"],
)
def test_damaged(folder: CacheFolder, damage: Callable[[bytes], bytes]) -> None:
    """A damaged entry is no entry; it is removed, and the results are made again."""
    keep(folder, STEP)
    [entry] = folder.path.glob("*.entry")
    entry.write_bytes(damage(entry.read_bytes()))
    assert not known(folder)
    assert folder.size().entries == 0
    keep(folder, STEP)
    assert known(folder)


def test_entry_of_another_key() -> None:
    """An entry that was renamed is not the one asked for."""
    content = encode("one", "", (STEP,), {}, "")
    assert decode(content, "one").records == (STEP,)
    with pytest.raises(DamagedEntry):
        decode(content, "two")


def test_told_once(folder: CacheFolder) -> None:
    """That nothing can be kept is told once a run."""
    cache = cache_of(folder, OPTIONS, time.time())
    cache.known([PART], SERVER, NEEDS)
    folder.path.chmod(0o777)
    first, second = (cache.keep(PART, SERVER, (STEP, END)) for _ in range(2))
    assert first is not None
    assert "other users may write to it" in first.reason
    assert second is None
