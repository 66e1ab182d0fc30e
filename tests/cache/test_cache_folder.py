"""A folder of entries: only what this user alone can write is read, and nothing is half written."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from django_switchback.cache.folder import CacheFolder, UnusableCache


def test_entries(folder: CacheFolder) -> None:
    """What is written is read, by its key; nothing else is there."""
    folder.write("one", b"content")
    assert (folder.read("one"), folder.read("two")) == (b"content", None)
    assert folder.size()[:2] == (1, 7)
    assert folder.clear() == 1
    assert folder.read("one") is None


def test_not_for_others(folder: CacheFolder) -> None:
    """Folder and entries can be read and written by their owner alone, and git leaves them out."""
    folder.write("one", b"content")
    [entry] = folder.path.glob("*.entry")
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert (folder.path / ".gitignore").read_text().splitlines()[-1] == "*"


def test_entry_that_others_may_write(folder: CacheFolder) -> None:
    """An entry is not believed if others may write to it."""
    folder.write("one", b"content")
    [entry] = folder.path.glob("*.entry")
    entry.chmod(0o666)
    assert folder.read("one") is None


def test_entry_of_another_user(folder: CacheFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry of another user is not believed."""
    folder.write("one", b"content")
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert folder.read("one") is None


def test_entry_by_a_link(folder: CacheFolder, tmp_path: Path) -> None:
    """An entry is not read through a symbolic link."""
    (tmp_path / "elsewhere").write_bytes(b"content")
    (folder.path / "one.entry").symlink_to(tmp_path / "elsewhere")
    assert folder.read("one") is None


@pytest.mark.timeout(10)
def test_pipe_for_an_entry(folder: CacheFolder) -> None:
    """A named pipe in place of an entry is not read, and not waited for."""
    os.mkfifo(folder.path / "one.entry", 0o600)
    assert folder.read("one") is None


def test_entry_beyond_the_limit(folder: CacheFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry that is larger than all together may be is not read into memory."""
    folder.write("one", b"content")
    monkeypatch.setattr("django_switchback.cache.folder.MAX_BYTES", 6)
    assert folder.read("one") is None


def test_folder_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of another user is refused, with the reason."""
    own = os.geteuid()
    (tmp_path / "cache").mkdir(mode=0o700)
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    with pytest.raises(UnusableCache, match="it belongs to another user"):
        CacheFolder(tmp_path / "cache").create()


def test_folder_that_others_may_write(folder: CacheFolder) -> None:
    """A folder that others may write to is refused, with the reason."""
    folder.path.chmod(0o777)
    with pytest.raises(UnusableCache, match="other users may write to it"):
        folder.create()


def test_file_for_a_folder(tmp_path: Path) -> None:
    """A file in place of the folder is refused."""
    (tmp_path / "cache").write_text("")
    with pytest.raises(UnusableCache, match="it is not a folder"):
        CacheFolder(tmp_path / "cache").create()


def test_full_disk(folder: CacheFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk nothing is folder, what was there stays, and nothing half written is left."""
    folder.write("one", b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UnusableCache, match="No space left on device"):
        folder.write("one", b"new")
    assert folder.read("one") == b"old"
    assert not list(folder.path.glob("*.part"))


def test_two_writers(folder: CacheFolder) -> None:
    """Of several writers of one entry, a reader sees the content of one, whole."""
    contents = [bytes([number]) * 200_000 for number in range(4)]
    folder.write("one", contents[0])

    def write_often(content: bytes) -> None:
        for _ in range(20):
            folder.write("one", content)

    writers = [threading.Thread(target=write_often, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    read = [folder.read("one") for _ in range(50)]
    for writer in writers:
        writer.join()
    assert set(read) <= set(contents)
    assert [path.name for path in folder.path.glob("*.part")] == []


def test_size_limit(folder: CacheFolder) -> None:
    """Beyond the limit, what was not used for longest is removed; reading is a use."""
    for number, name in enumerate(("old", "used", "new")):
        folder.write(name, b"0123456789")
        os.utime(folder.path / f"{name}.entry", (number, number))
    assert folder.read("old") is not None
    folder.prune(limit=20)
    assert folder.read("used") is None
    assert (folder.read("old"), folder.read("new")) == (b"0123456789", b"0123456789")


def test_half_written_files_are_removed(folder: CacheFolder) -> None:
    """What a writer left that was killed is removed after a while."""
    left = folder.path / "one.entry-1-1.part"
    left.write_bytes(b"")
    folder.prune()
    assert left.exists()
    os.utime(left, (0, 0))
    folder.prune()
    assert not left.exists()
