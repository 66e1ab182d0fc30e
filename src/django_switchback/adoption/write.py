"""Write the files of an adoption: what somebody else wrote or edited is kept, if need be renamed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from django_switchback.adoption.files import AdoptionFile
from django_switchback.errors import SwitchbackError
from django_switchback.version import version

FileState: TypeAlias = Literal["create", "update", "unchanged", "conflict", "replace"]

MARK = re.compile(
    r"(?:# |<!-- )Written by switchback init (?P<version>\S+), (?P<digest>[0-9a-f]{16})(?: -->)?\n\Z"
)
"""The last line of a file that init wrote: as long as the digest is that of the rest, nobody edited it."""


class NotWritten(SwitchbackError):
    """Reports a file that cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"cannot write {path}: {reason}")


class FileChange(NamedTuple):
    """What is to be done about one file; ``before`` is the version that wrote it, if it is to be updated.

    A ``conflict`` is a file of the user's: what would be written goes to ``target``, beside it. Of a file to
    ``replace``, ``target`` is the file itself, which is renamed first.
    """

    path: str
    state: FileState
    target: Path
    text: str
    before: str = ""


def plan(root: Path, files: tuple[AdoptionFile, ...], *, force: bool = False) -> tuple[FileChange, ...]:
    """Return what to do about each file below ``root``; nothing is written. ``force`` replaces conflicts."""
    return tuple(_change(root, file, force=force) for file in files)


def kept_as(path: Path) -> Path:
    """Return the name that a replaced file of the user's gets."""
    return path.with_name(f"{path.name}.orig")


def _change(root: Path, file: AdoptionFile, *, force: bool) -> FileChange:
    target = root / file.path
    text = _marked(file)
    written = _read(target)
    if written is None:
        return FileChange(file.path, "create", target, text)
    body, mark = _split(written)
    if body == file.text:
        return FileChange(file.path, "unchanged", target, text)
    if mark is not None:
        return FileChange(file.path, "update", target, text, mark)
    if force and target.is_file():
        return FileChange(file.path, "replace", target, text)
    return FileChange(file.path, "conflict", target.with_name(f"{target.name}.new"), text)


def _read(path: Path) -> str | None:
    """Return the text of a file, ``None`` without one; anything else that is there counts as the user's."""
    if not path.exists() and not path.is_symlink():
        return None
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _marked(file: AdoptionFile) -> str:
    mark = f"Written by switchback init {version()}, {_digest(file.text)}"
    line = f"<!-- {mark} -->" if file.path.endswith(".md") else f"# {mark}"
    return f"{file.text}{line}\n"


def _split(text: str) -> tuple[str, str | None]:
    """Return the text without its mark, and the version in the mark if nobody edited the text since."""
    match = MARK.search(text)
    if match is None:
        return text, None
    body = text[: match.start()]
    return body, match["version"] if match["digest"] == _digest(body) else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _keep(path: Path) -> None:
    """Rename a file of the user's; raises ``OSError`` if that name is taken."""
    kept = kept_as(path)
    kept.touch(exist_ok=False)
    path.replace(kept)


def apply(changes: tuple[FileChange, ...]) -> None:
    """Write what is to be created, updated or laid beside a conflict. Raises :class:`NotWritten`."""
    for change in changes:
        if change.state == "unchanged":
            continue
        try:
            change.target.parent.mkdir(parents=True, exist_ok=True)
            if change.state == "conflict" and _split(_read(change.target) or "")[1] is not None:
                change.target.unlink()
            if change.state == "replace":
                _keep(change.target)
            if change.state == "update":
                change.target.write_text(change.text, encoding="utf-8")
                continue
            # "x": whoever made the file since it was looked for keeps it.
            with change.target.open("x", encoding="utf-8") as file:
                file.write(change.text)
        except OSError as error:
            raise NotWritten(change.target, error.strerror or str(error)) from error
