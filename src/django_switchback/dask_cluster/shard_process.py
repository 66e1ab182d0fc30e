"""Rehearses a shard for a Dask worker: ``python -m django_switchback.dask_cluster.shard_process LOG``.

The config is read from standard input: a URL in it may hold a password. The worker masks what is printed.
Stops in order if the worker ends.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

from django_switchback.dask_cluster.run_shard import decode_config
from django_switchback.errors import SwitchbackError, exit_status_of
from django_switchback.pipeline import rehearse
from django_switchback.progress.interface import Progress
from django_switchback.signals import handle_stop_signals

POLL_SECONDS = 0.5


def main() -> int:
    """Rehearse and return 0, also if the run was stopped, which the log says; else print the error."""
    _stop_with(os.getppid())
    config = decode_config(sys.stdin.buffer.read())
    try:
        with handle_stop_signals():
            rehearse(config, Progress(), Path(sys.argv[1]))
    except SwitchbackError as error:
        sys.stderr.write(str(error))
        return exit_status_of(error)
    return 0


def _stop_with(parent: int) -> None:
    """Start a thread that stops the run soon after ``parent`` is gone: nobody would read the evidence."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(POLL_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
