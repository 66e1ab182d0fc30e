"""Define how a worker process can fail: on import of the project, in a step, and between two steps."""

from __future__ import annotations

import shlex
import signal

from django_switchback.errors import SwitchbackError, UsageError
from django_switchback.evidence import ProjectRefused, StepFinished, StepStarted


class RunStopping(SwitchbackError):
    """Signals that the run, or the run on one server, is being stopped; its workers are killed."""

    def __init__(self) -> None:
        super().__init__("the run was stopped")


class WorkerLost(SwitchbackError):
    """Reports a worker that ended between two steps, or went silent; ``after`` is the preceding step, if any.

    ``minimising``: all steps of that migration had run, and only its minimal rows were still being searched.
    """

    def __init__(
        self, status: int | None, after: StepStarted | None, output: str, *, minimising: bool = False
    ) -> None:
        how = "went silent" if status is None else f"ended with {status_text(status)}"
        where = f"after the {after.direction} of {after.migration}" if after else "before its first step"
        super().__init__(f"a worker {how} {where}: {output.strip() or 'it printed nothing'}")
        self.after = after
        self.minimising = minimising


class WorkerNotStarted(UsageError):
    """Reports an interpreter that cannot start a worker."""

    def __init__(self, python: str, reason: str) -> None:
        self.traceback = reason
        last_line = (reason.splitlines() or [""])[-1]
        super().__init__(
            f"cannot start a worker with {python}: {last_line}; name by --python the interpreter with the "
            f"project's requirements, after `{shlex.quote(python)} -m pip install django-switchback` with it"
        )


class ProjectNotLoadable(UsageError):
    """Reports a project whose settings, apps or migrations raise an exception on import."""

    def __init__(self, refused: ProjectRefused) -> None:
        self.traceback = refused.failure.traceback if refused.failure else ""
        super().__init__(f"cannot load the project: {refused.reason}")


class ProjectExited(UsageError):
    """Reports a project that ended the worker process during import."""

    def __init__(self, status: int, output: str) -> None:
        tail = f"; the end of its output: {output}" if output else ""
        super().__init__(
            f"cannot load the project: it ended the process that loaded it ({status_text(status)}){tail}"
        )


class ProjectLoadTimedOut(UsageError):
    """Reports a project that takes too long to import."""

    def __init__(self, seconds: float, output: str) -> None:
        tail = f"; it printed {output}" if output else ""
        super().__init__(f"cannot load the project: it is not done after {seconds:g} s{tail}")


class StepEndedWorker(Exception):
    """Carries the result of a step that killed its worker; not an error of Switchback."""

    def __init__(self, step: StepStarted, finished: StepFinished) -> None:
        super().__init__(step)
        self.step = step
        self.finished = finished


def status_text(status: int) -> str:
    """Return a process's return code in words: its exit status or signal."""
    if status >= 0:
        return f"status {status}"
    names = {number.value: number.name for number in signal.Signals}
    return f"signal {names.get(-status, -status)}"
