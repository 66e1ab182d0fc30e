"""The project's own ``manage.py migrate``, run as users run it, on a copy made before a step that raised."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from django_switchback.evidence import Confirmed, Direction, MigrationName, Phase
from django_switchback.sandbox.interface import Address
from django_switchback.worker import swap
from django_switchback.worker.protocol import Job

OUTPUT_LENGTH = 4_000


def command(app: str, name: str, alias: str = "default") -> str:
    """Return the command that a person would type."""
    words = ["python", "manage.py", "migrate", app, name]
    if alias != "default":
        words += ["--database", alias]
    return shlex.join(words)


class Confirmer:
    """Runs plain ``manage.py migrate`` on copies of sandboxes."""

    def __init__(self, job: Job, alias: str, sandboxes: dict[str, Address]) -> None:
        self._job = job
        self._alias = alias
        self._sandboxes = sandboxes

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
    ) -> Confirmed:
        """Migrate ``migration.app`` to ``name`` on ``copy`` and say whether it failed in the same way.

        The same way: a status other than 0 and an exception of the class ``failure_type``.
        """
        status, output = self._run(copy, migration.app, name)
        return Confirmed(
            database=database,
            migration=migration,
            phase=phase,
            direction=direction,
            command=command(migration.app, name, self._alias),
            reproduced=status != 0 and failure_type.rpartition(".")[2] in output,
            status=status,
            output=output[-OUTPUT_LENGTH:],
        )

    def _run(self, copy: Address, app: str, name: str) -> tuple[int, str]:
        sandboxes = {**self._sandboxes, self._alias: copy}
        file = Path(self._job.folder, f"confirm-{os.getpid()}.json")
        swap.write_sandboxes(file, sandboxes)
        words = [sys.executable, "manage.py", "migrate", app, name, "--noinput", "--no-color"]
        try:
            done = subprocess.run(
                [*words, "--traceback", "--database", self._alias],
                cwd=self._job.project,
                env={**os.environ, **swap.environment(self._job.settings, file, sandboxes)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self._job.timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            return -1, f"no end after {error.timeout:g} s"
        finally:
            file.unlink()
        return done.returncode, done.stdout.decode("utf-8", "replace")
