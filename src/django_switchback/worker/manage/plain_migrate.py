"""Confirms failures with a plain ``manage.py migrate`` on a clone made before the failing step.

Commands are run by ``preloaded_process.py``, or by ``run.py`` if no warm process is available; both restrict
``manage.py`` to the clone.
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
from django_switchback.sandbox.run_files import RunFiles
from django_switchback.worker.manage.preloaded_process import ManageCommand, ManageExit, WarmManage
from django_switchback.worker.project import databases
from django_switchback.worker.protocol import Program, WorkerConfig

MAX_OUTPUT_CHARACTERS = 4_000
START_SECONDS = 60.0
"""Seconds allowed for loading the project, in addition to the time limit of the step."""
EXCEPTIONS_WITHOUT_OUTPUT = {"SystemExit", "TransactionLeftOpen"}
"""Exceptions whose class plain ``migrate`` does not print: only an incomplete migration shows the failure."""
TRANSACTION_STATE = "TransactionManagementError"
"""What plain ``migrate`` prints on SQLite in place of an error within ``atomic(savepoint=False)``.

NOTE: ``DatabaseSchemaEditor.__exit__`` checks the constraints before the error, such as one of
``bulk_create``, leaves it. That raises without a cause, so that the error is not printed.
"""
PLAIN_MANAGE_MODULE = "django_switchback.worker.manage.run"


SYSTEM_CHECK = "SystemCheckError"
"""The exception of ``migrate`` at errors of the system checks, before it has done anything."""


def migrate_command(program: Program | None, app: str, name: str, alias: str, *options: str) -> str:
    """Return the ``migrate`` command that a user would type."""
    words = [*(program.typed if program else ("python", "manage.py")), "migrate", app, name, *options]
    if alias != "default":
        words += ["--database", alias]
    return shlex.join(words)


class MigrateConfirmer:
    """Runs plain ``manage.py migrate`` on clones of sandboxes."""

    def __init__(
        self, config: WorkerConfig, alias: str, sandboxes: dict[str, Address], warm: WarmManage | None = None
    ) -> None:
        self._config = config
        self._warm = warm
        self._alias = alias
        self._sandboxes = sandboxes
        self._options: tuple[str, ...] = ()
        """Those without which a system check has kept ``migrate`` from starting."""

    @property
    def timeout(self) -> float:
        """Time limit of a step in seconds."""
        return self._config.timeout

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
        is_done: Callable[[], bool],
        without_edge: bool = False,
    ) -> Confirmed:
        """Migrate ``migration.app`` to ``name`` on ``copy`` and return whether the same failure occurred.

        A failure is the same if the exit status is not 0 and the output names ``failure_type``, or on SQLite
        the state of the transaction that it leaves. If no exception can be printed, it is the same if
        ``is_done`` returns false afterwards. Once a system check has kept ``migrate`` from starting, it
        is run without checks.
        """
        status, output = self._run(copy, migration.app, name)
        if status > 0 and SYSTEM_CHECK in output and not self._options:
            self._options = ("--skip-checks",)
            status, output = self._run(copy, migration.app, name)
        names = [failure_type.rpartition(".")[2], *([TRANSACTION_STATE] if copy.engine == "sqlite" else [])]
        raised = status != 0 and any(shown in output for shown in names)
        silent = failure_type in EXCEPTIONS_WITHOUT_OUTPUT or (status > 0 and "Traceback" not in output)
        return Confirmed(
            database=database,
            migration=migration,
            phase=phase,
            direction=direction,
            command=migrate_command(self._config.program, migration.app, name, self._alias, *self._options),
            reproduced=raised or (silent and not is_done()),
            status=status,
            output=output[-MAX_OUTPUT_CHARACTERS:],
            without_edge=without_edge,
        )

    def _run(self, copy: Address, app: str, name: str) -> tuple[int, str]:
        sandboxes = {**self._sandboxes, self._alias: copy}
        file = RunFiles(Path(self._config.folder)).confirmation()
        databases.write_sandboxes(file, sandboxes)
        fixed = ("--noinput", "--no-color", "--traceback", "--database", self._alias)
        words = ("migrate", app, name, *self._options, *fixed)
        environ = databases.sandbox_environment(self._config.settings, file, sandboxes)
        request = ManageCommand(words, environ, sandboxes, START_SECONDS + self.timeout)
        # A file, not a pipe: processes that the migration leaves running would hold a pipe open.
        with tempfile.TemporaryFile(dir=self._config.folder) as output:
            try:
                finished = self._warm.run(request, output) if self._warm is not None else None
                status = (finished or self._run_cold(request, output)).status
            finally:
                file.unlink()
            output.seek(0)
            if status is None:
                return -1, f"timed out after {request.timeout:g} s"
            return status, output.read().decode("utf-8", "replace")

    def _run_cold(self, request: ManageCommand, output: IO[bytes]) -> ManageExit:
        try:
            process = subprocess.run(
                [sys.executable, "-m", PLAIN_MANAGE_MODULE, *request.words],
                cwd=self._config.project,
                env={**os.environ, **request.environ},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=request.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ManageExit(None)
        return ManageExit(process.returncode)
