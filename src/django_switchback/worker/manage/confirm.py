"""The project's own ``manage.py migrate``, run as users run it, on a copy made before a step that raised.

Its process is that of ``standby.py``, or of ``plain.py`` where that cannot be had: no ``manage.py`` gets at
another database than the copy.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from django_switchback.evidence import Confirmed, Direction, MigrationName, Phase
from django_switchback.sandbox.interface import Address
from django_switchback.worker.manage.warm_process import ManageCommand, ManageExit, WarmManage
from django_switchback.worker.project import databases
from django_switchback.worker.protocol import Job

MAX_OUTPUT_CHARACTERS = 4_000
START_SECONDS = 60.0
"""What a project may take to load, on top of the time that its step has."""
EXCEPTIONS_WITHOUT_OUTPUT = {"SystemExit", "TransactionLeftOpen"}
"""What ends plain ``migrate`` without a word of its class: only what it left undone tells of it."""
PLAIN_MANAGE_MODULE = "django_switchback.worker.manage.run"


def migrate_command(app: str, name: str, alias: str = "default") -> str:
    """Return the command that a person would type."""
    words = ["python", "manage.py", "migrate", app, name]
    if alias != "default":
        words += ["--database", alias]
    return shlex.join(words)


class MigrateConfirmer:
    """Runs plain ``manage.py migrate`` on copies of sandboxes."""

    def __init__(
        self, job: Job, alias: str, sandboxes: dict[str, Address], standby: WarmManage | None = None
    ) -> None:
        self._job = job
        self._standby = standby
        self._alias = alias
        self._sandboxes = sandboxes

    @property
    def timeout(self) -> float:
        """The seconds that one step may take."""
        return self._job.timeout

    def confirm(
        self,
        copy: Address,
        *,
        database: str,
        migration: MigrationName,
        phase: Phase,
        direction: Direction,
        name: str,
        failure_type: str,
        done: Callable[[], bool],
        without_edge: bool = False,
    ) -> Confirmed:
        """Migrate ``migration.app`` to ``name`` on ``copy`` and say whether it failed in the same way.

        The same way: a status other than 0 and an exception of the class ``failure_type``. Where no exception
        can be seen, that it is not ``done`` afterwards.
        """
        status, output = self._run(copy, migration.app, name)
        seen = status != 0 and failure_type.rpartition(".")[2] in output
        unseen = failure_type in EXCEPTIONS_WITHOUT_OUTPUT or (status > 0 and "Traceback" not in output)
        return Confirmed(
            database=database,
            migration=migration,
            phase=phase,
            direction=direction,
            command=migrate_command(migration.app, name, self._alias),
            reproduced=seen or (unseen and not done()),
            status=status,
            output=output[-MAX_OUTPUT_CHARACTERS:],
            without_edge=without_edge,
        )

    def _run(self, copy: Address, app: str, name: str) -> tuple[int, str]:
        sandboxes = {**self._sandboxes, self._alias: copy}
        file = Path(self._job.folder, f"confirm-{os.getpid()}.json")
        databases.write_sandboxes(file, sandboxes)
        words = ("migrate", app, name, "--noinput", "--no-color", "--traceback", "--database", self._alias)
        environ = databases.sandbox_environment(self._job.settings, file, sandboxes)
        request = ManageCommand(words, environ, sandboxes, START_SECONDS + self.timeout)
        # A file: a pipe would be held open by whatever the migration leaves running.
        with tempfile.TemporaryFile(dir=self._job.folder) as output:
            try:
                ended = self._standby.run(request, output) if self._standby is not None else None
                status = (ended or self._run_cold(request, output)).status
            finally:
                file.unlink()
            output.seek(0)
            if status is None:
                return -1, f"no end after {request.timeout:g} s"
            return status, output.read().decode("utf-8", "replace")

    def _run_cold(self, request: ManageCommand, output: IO[bytes]) -> ManageExit:
        try:
            done = subprocess.run(
                [sys.executable, "-m", PLAIN_MANAGE_MODULE, *request.words],
                cwd=self._job.project,
                env={**os.environ, **request.environ},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=request.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ManageExit(None)
        return ManageExit(done.returncode)
