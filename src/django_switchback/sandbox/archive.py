"""Pack the files of sandboxes into a ZIP archive, whose checksums show whether it is complete."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

FOLDER = "data"
"""The folder in the archive that holds the files."""


def pack(archive: ZipFile, folder: Path) -> None:
    """Write all files and folders below ``folder`` to ``archive``. Raises ``OSError``."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.is_file():
            archive.write(path, Path(FOLDER, path.relative_to(folder)))


def packed(archive: ZipFile) -> list[str]:
    """Return the names in ``archive`` of what was packed."""
    return [name for name in archive.namelist() if name.startswith(f"{FOLDER}/")]
