"""Choose the operating system user of a server: PostgreSQL refuses root, so root uses an unprivileged one."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import NamedTuple, TypedDict

from django_switchback.sandbox.interface import SandboxError

UNPRIVILEGED = ("postgres", "nobody")
_SHARED_PREFIXES = ("/", "/usr", "/usr/local")


class Credentials(TypedDict, total=False):
    """Holds the arguments of ``subprocess`` that start a program as another user."""

    user: int
    group: int
    extra_groups: list[int]


class Account(NamedTuple):
    """Holds the user that a server runs as; ``None`` is the current user."""

    user: pwd.struct_passwd | None

    @property
    def credentials(self) -> Credentials:
        """The arguments for ``subprocess``."""
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def give_ownership(self, path: Path) -> None:
        """Make this user the owner of ``path``."""
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def can_run(self, program: Path) -> bool:
        """Return whether this user can read and start ``program``."""
        if self.user is None:
            return True
        command = [str(program), "--version"]
        try:
            finished = subprocess.run(command, capture_output=True, check=False, cwd="/", **self.credentials)
        except PermissionError:
            return False
        return finished.returncode == 0


class NoUnprivilegedUser(SandboxError):
    """Reports that Switchback runs as root and no unprivileged user exists."""

    def __init__(self) -> None:
        super().__init__(
            "PostgreSQL does not run as root and this machine has neither of the users "
            f"{' and '.join(UNPRIVILEGED)}: run Switchback as an ordinary user"
        )


class CannotRead(SandboxError):
    """Reports server programs that the unprivileged user cannot read and that cannot be copied."""

    def __init__(self, folder: Path, account: Account) -> None:
        user = account.user.pw_name if account.user is not None else "?"
        super().__init__(
            f"user {user!r} cannot run the PostgreSQL programs in {folder}: let others read them"
        )


def choose_account() -> Account:
    """Return the current user or, for root, the first of ``postgres`` and ``nobody`` that exists.

    Raises :class:`NoUnprivilegedUser`.
    """
    if os.geteuid() != 0:
        return Account(None)
    for name in UNPRIVILEGED:
        try:
            return Account(pwd.getpwnam(name))
        except KeyError:
            continue
    raise NoUnprivilegedUser


def runnable_programs(account: Account, programs: Path, into: Path) -> Path:
    """Return ``programs``, or a copy of that folder whose programs ``account`` can run.

    If the user cannot read them (a virtual environment in a home folder), the whole installation is linked
    or copied into the folder ``into``, which must not exist. Raises :class:`CannotRead`.
    """
    if account.can_run(programs / "initdb"):
        return programs
    programs = programs.resolve()
    parts = _installation(programs)
    if not parts:
        raise CannotRead(programs, account)
    base = programs.parent.parent.parent
    for part in parts:
        target = into / part.relative_to(base)
        shutil.copytree(part, target, symlinks=True, copy_function=_link_or_copy, dirs_exist_ok=True)
    for folder in (into, *(path for path in into.rglob("*") if path.is_dir() and not path.is_symlink())):
        folder.chmod(0o755)
    copy = into / programs.relative_to(base)
    if not account.can_run(copy / "initdb"):
        raise CannotRead(programs, account)
    return copy


def _installation(programs: Path) -> tuple[Path, ...]:
    """Return the folders that ``programs`` need; none if they are shared system folders."""
    prefix = programs.parent
    if str(prefix) in _SHARED_PREFIXES or not next(prefix.glob("share/**/postgres.bki"), None):
        return ()
    package = prefix.parent
    # NOTE: auditwheel puts bundled libraries beside the package (Linux), delocate into it (macOS).
    parts = (programs, prefix / "lib", prefix / "share", package.parent / f"{package.name}.libs")
    return tuple(part for part in (*parts, package / ".dylibs") if part.is_dir())


def _link_or_copy(source: str, target: str) -> str:
    mode = stat.S_IMODE(os.lstat(source).st_mode)
    if mode & stat.S_IROTH:
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError:  # another file system, or links are forbidden
            shutil.copy2(source, target, follow_symlinks=False)
        return target
    shutil.copy2(source, target, follow_symlinks=False)
    # A file that only root may read becomes readable for others, with no more rights than its owner had.
    Path(target).chmod(mode | (mode & 0o500) >> 6)
    return target
