"""Which databases of a run are kept on the way to head, and from which a later run goes on."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import cast
from zipfile import ZipFile

import msgspec
import pytest

from django_switchback.cache.entries import EntryStore
from django_switchback.cache.folder import CacheFolder
from django_switchback.cache.histories import MAX_DATABASES, HistoryCache, KnownHistory
from django_switchback.cache.reuse import RunOptions
from django_switchback.evidence import (
    AnyRecord,
    CacheFailed,
    CheckpointSaved,
    DependenciesDescribed,
    FileRead,
    HistoryTakenFromCache,
    MigrationName,
    Outcome,
    ScratchFinished,
    StepFinished,
    TouchedElsewhere,
)
from django_switchback.project.plan import Part
from django_switchback.sandbox.archive import packed
from django_switchback.sandbox.checkpoint_list import Checkpoint, add_checkpoint
from django_switchback.sandbox.interface import Address, NotKept, Server
from django_switchback.sandbox.names import RunIdentity
from django_switchback.sandbox.run_files import RunFiles
from django_switchback.sandbox.sqlite import SqliteServer

NAMES = tuple(MigrationName("blog", f"000{number}") for number in range(1, 7))
PLAN = tuple(map(str, NAMES))
OPTIONS = RunOptions("/project", "settings", "", "", 0, 60.0, None, (), deploy_window=True)
SERVER = ("sqlite", "sqlite", "3")
NEEDS = DependenciesDescribed(
    alias="default",
    environment="e",
    plan=PLAN,
    prefixes={},
    unstable={},
    histories={name: f"digest of {name}" for name in PLAN},
    first_at_head=None,
    project="p",
    newest_change=0.0,
)
FINISHED = ScratchFinished(database="sqlite", seconds=1.0, migrations=6, failed=None, failure=None)
BEGAN = 2.0e9


class Databases:
    """Stands in for a server: each database is its name."""

    name = "sqlite"

    def __init__(self, kept: dict[str, Address] | None = None, *, refuses: bool = False) -> None:
        self.kept = kept or {}
        self.refuses = refuses

    def keep(self, names: Collection[str], archive: ZipFile) -> None:
        """Write the names."""
        if self.refuses:
            raise NotKept("migrations changed objects of the whole server")
        for name in names:
            archive.writestr(f"data/{name}", name)


def step(number: int, outcome: Outcome = "ok") -> StepFinished:
    """Return the record of the step of one migration on the way to head."""
    return StepFinished(
        database="sqlite",
        part="scratch",
        migration=NAMES[number - 1],
        phase="scratch",
        direction="forward",
        rows="none",
        outcome=outcome,
        seconds=1.0,
    )


def part(*targets: int) -> Part:
    """Return the way to head of a run with these targets."""
    names = tuple(NAMES[number - 1] for number in targets)
    return Part(database="sqlite", name="scratch", alias="default", kind="scratch", targets=names)


def cache_of(folder: CacheFolder) -> HistoryCache:
    """Return the cache of a run."""
    return HistoryCache(folder, OPTIONS, EntryStore(folder, BEGAN))


def run(
    folder: CacheFolder,
    files: Path,
    *,
    saved: Sequence[int],
    more: Sequence[AnyRecord] = (),
    server: Databases | None = None,
    silent: bool = True,
    needs: DependenciesDescribed = NEEDS,
    label: str = "before",
) -> CacheFailed | None:
    """Carry out a run from nothing that saves checkpoints before the migrations ``saved``; keep them."""
    files.mkdir(exist_ok=True)
    server, cache, way = server or Databases(), cache_of(folder), part(6)
    assert cache.known(way, as_server(server), SERVER, needs) is None
    records: list[AnyRecord] = [*more]
    for number in range(1, 7):
        if number in saved:
            address = Address(engine="sqlite", name=f"{label}-{number}")
            applied = tuple((name.app, name.name) for name in NAMES[: number - 1])
            add_checkpoint(
                files, "sqlite", Checkpoint(("blog", f"000{number}"), address, applied, silent=silent)
            )
            records.append(CheckpointSaved(database="sqlite", migration=NAMES[number - 1]))
        records.append(step(number))
    cache.observe(way, as_server(server), (*records, FINISHED))
    return cache.keep("sqlite", as_server(server), SERVER, files)


def as_server(databases: Databases) -> Server:
    """Return what the cache sees of a server."""
    return cast("Server", databases)


def later(
    folder: CacheFolder, *targets: int, needs: DependenciesDescribed = NEEDS, lost: Collection[str] = ()
) -> KnownHistory | None:
    """Return what a later run with these targets goes on from, without the databases ``lost``."""
    cache = cache_of(folder)
    with cache.archive("sqlite") as archive:
        if archive is None:
            return None
        names = {name.removeprefix("data/") for name in packed(archive)} - set(lost)
        server = Databases({name: Address(engine="sqlite", name=name) for name in names})
        cache.opened(as_server(server), archive)
    return cache.known(part(*targets), as_server(server), SERVER, needs)


def begun_before(known: KnownHistory | None) -> str:
    """Return the name of the migration that comes next in the database."""
    return "" if known is None else known.checkpoint.before[1]


@pytest.mark.parametrize(
    ("targets", "begun"),
    [
        ((6,), "0005"),
        ((5, 6), "0005"),
        ((4, 6), "0003"),
        ((3,), "0003"),
        ((2,), ""),
        ((1, 6), ""),
        ((), "0005"),
    ],
)
def test_longest_before_all_targets(
    folder: CacheFolder, tmp_path: Path, targets: tuple[int, ...], begun: str
) -> None:
    """The longest history counts in which no target is applied: each is tried on the way."""
    assert run(folder, tmp_path / "run", saved=(3, 5)) is None
    assert begun_before(later(folder, *targets)) == begun


def test_records_of_the_way(folder: CacheFolder, tmp_path: Path) -> None:
    """The evidence of the way is that of the run that went it, after a record that says so."""
    read = FileRead(database="sqlite", path=str(tmp_path / "absent"), kind="file", migration=NAMES[0])
    run(folder, tmp_path / "run", saved=(3,), more=[read])
    known = later(folder, 6)
    assert known is not None
    taken, *records = known.records
    assert isinstance(taken, HistoryTakenFromCache)
    assert (taken.migrations, taken.last) == (2, NAMES[1])
    assert records == [read, step(1), step(2)]
    assert known.checkpoint.applied == (("blog", "0001"), ("blog", "0002"))
    (tmp_path / "absent").write_text("it was read when it was not there")
    assert later(folder, 6) is None


def test_another_content_of_a_file(folder: CacheFolder, tmp_path: Path) -> None:
    """A database made with another content of a file takes the place of the one made with the old content."""
    file = tmp_path / "names.txt"
    read = FileRead(database="sqlite", path=str(file), kind="file", migration=NAMES[0])
    for content in ("old", "new"):
        file.write_text(content)
        os.utime(file, (1, 1))
        assert later(folder, 6) is None
        run(folder, tmp_path / content, saved=(3,), more=[read], label=content)
        known = later(folder, 6)
        assert known is not None
        assert known.checkpoint.address.name == f"{content}-3"


@pytest.mark.parametrize(
    ("changed", "begun"),
    [("blog.0006", "0005"), ("blog.0005", "0005"), ("blog.0004", "0003"), ("blog.0001", "")],
)
def test_changed_migration(folder: CacheFolder, tmp_path: Path, changed: str, begun: str) -> None:
    """A history that depends on what has changed is not taken; a shorter one that does not is."""
    run(folder, tmp_path / "run", saved=(3, 5))
    place = PLAN.index(changed)
    histories = {
        name: f"other {name}" if at >= place else NEEDS.histories[name] for at, name in enumerate(PLAN)
    }
    assert begun_before(later(folder, 6, needs=msgspec.structs.replace(NEEDS, histories=histories))) == begun


def test_unstable_code(folder: CacheFolder, tmp_path: Path) -> None:
    """Nothing is kept from the first migration on whose result may be another one next time."""
    short = msgspec.structs.replace(NEEDS, histories={name: NEEDS.histories[name] for name in PLAN[:2]})
    run(folder, tmp_path / "run", saved=(3, 5), needs=short)
    assert begun_before(later(folder, 6)) == "0003"
    assert later(folder, 6, needs=msgspec.structs.replace(NEEDS, histories={})) is None


@pytest.mark.parametrize(
    "record",
    [
        step(1, "failed"),
        step(1, "timed-out"),
        TouchedElsewhere(database="sqlite", moment="step", kind="host", address="example.org:80"),
        FileRead(database="sqlite", path="/project/written.txt", kind="file", written=True),
        CacheFailed(reason="the way to head was repeated"),
    ],
    ids=["failed", "timeout", "network", "file written", "repeated"],
)
def test_never_kept(folder: CacheFolder, tmp_path: Path, record: AnyRecord) -> None:
    """A way on which something failed, or on which the world outside was touched, is not kept."""
    run(folder, tmp_path / "run", saved=(3,), more=[record])
    assert later(folder, 6) is None


def test_receivers_that_use_the_database(folder: CacheFolder, tmp_path: Path) -> None:
    """Where receivers of pre_migrate have sent statements, nothing is kept."""
    run(folder, tmp_path / "run", saved=(3,), silent=False)
    assert later(folder, 6) is None


def test_objects_of_the_server(folder: CacheFolder, tmp_path: Path) -> None:
    """Where steps changed objects of the whole server, nothing is kept."""
    (tmp_path / "run").mkdir()
    RunFiles(tmp_path / "run").server_steps("").touch()
    run(folder, tmp_path / "run", saved=(3,))
    assert later(folder, 6) is None


def test_refused(folder: CacheFolder, tmp_path: Path) -> None:
    """A server whose databases cannot be kept is told of, and leaves nothing half written."""
    failed = run(folder, tmp_path / "run", saved=(3,), server=Databases(refuses=True))
    assert failed is not None
    assert failed.reason.startswith("the databases on sqlite are not kept: migrations changed objects")
    assert later(folder, 6) is None
    assert not list(folder.path.glob("*.databases*"))


def test_folder_of_others(folder: CacheFolder, tmp_path: Path) -> None:
    """That the evidence cannot be written is told, and no database is kept without it."""
    folder.path.chmod(0o777)
    failed = run(folder, tmp_path / "run", saved=(3,))
    assert failed is not None
    assert "other users may write to it" in failed.reason
    assert not list(folder.path.glob("*.databases*"))


def test_at_most_a_few(folder: CacheFolder, tmp_path: Path) -> None:
    """Of many checkpoints a few are kept, in equal distances, the last one always."""
    run(folder, tmp_path / "run", saved=(2, 3, 4, 5, 6))
    begun = [begun_before(later(folder, target)) for target in range(1, 7)]
    assert begun == ["", "", "0003", "0004", "0004", "0006"]
    assert len(set(begun) - {""}) == MAX_DATABASES


def test_before_models_at_head_are_used(folder: CacheFolder, tmp_path: Path) -> None:
    """The database from before the first migration that uses models at head is kept in any case."""
    needs = msgspec.structs.replace(NEEDS, first_at_head=NAMES[1])
    run(folder, tmp_path / "run", saved=(2, 3, 4, 5, 6), needs=needs)
    begun = [begun_before(later(folder, target)) for target in range(1, 7)]
    assert begun == ["", "0002", "0002", "0004", "0004", "0006"]


def test_database_that_did_not_start(folder: CacheFolder, tmp_path: Path) -> None:
    """A database that the server does not have is not gone on from."""
    run(folder, tmp_path / "run", saved=(3, 5))
    assert begun_before(later(folder, 6, lost=["before-5"])) == "0003"


def test_files_of_sqlite(folder: CacheFolder, tmp_path: Path) -> None:
    """Files of SQLite come back with their content, under names of the later run."""
    first = SqliteServer(RunIdentity.new())
    try:
        made = first.factory().create("checkpoint")
        Path(made.name).write_bytes(b"content")
        folder.write_archive("one", lambda archive: first.keep([made.name], archive))
    finally:
        first.close()
    with folder.archive("one") as archive:
        assert archive is not None
        second = SqliteServer(RunIdentity.new(), archive=archive)
    try:
        [(name, address)] = second.kept.items()
        assert name == Path(made.name).name
        assert second.factory().owns(address.name)
        assert Path(address.name).read_bytes() == b"content"
    finally:
        second.close()
