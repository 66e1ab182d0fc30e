"""Display progress on a terminal: one bar per database, with finished migrations above."""

from __future__ import annotations

from collections import Counter
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Column
from rich.text import Text

from django_switchback.evidence import AnyRecord, MigrationName, StepFinished, StepStarted
from django_switchback.progress.interface import LineProgress
from django_switchback.untrusted_text import safe_line


class ProgressBars(LineProgress):
    """Shows live bars on the terminal ``stream``; closing removes the bars and keeps the lines."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        super().__init__(verbose=verbose)
        self._tasks: dict[str, TaskID] = {}
        self._cycle_steps: Counter[tuple[str, MigrationName]] = Counter()
        self._live = RichProgress(
            TextColumn("{task.fields[database]}", markup=False),
            BarColumn(bar_width=20),
            MofNCompleteColumn(),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
            console=Console(file=stream, highlight=False),
            transient=True,
            # The report is printed without rich; output of others must not be captured.
            redirect_stdout=False,
            redirect_stderr=False,
            refresh_per_second=5,
        )
        self._live.start()

    def planned(self, database: str, steps: int) -> None:
        """Add ``steps`` to the total of the bar of ``database``."""
        task = self._task(database)
        total = next(other.total for other in self._live.tasks if other.id == task)
        self._live.update(task, total=(total or 0) + steps)

    def observe(self, record: AnyRecord) -> None:
        """Advance the bars and print the lines that ``record`` completes."""
        match record:
            case StepStarted():
                description = safe_line(f"{record.migration} {record.direction}")
                self._live.update(self._task(record.database), description=description)
                if record.without_edge and not record.trial:
                    self.planned(record.database, self._repeated_steps(record))
            case StepFinished(trial=False, phase="cycle" | "unwind"):
                self._live.advance(self._task(record.database))
                self._cycle_steps[record.database, record.migration] += record.phase == "cycle"
            case _:
                pass
        super().observe(record)

    def close(self) -> None:
        """Print the lines of unfinished cycles and remove the bars."""
        super().close()
        self._live.stop()

    def _repeated_steps(self, record: StepStarted) -> int:
        """Return the number of unplanned steps of a repeat: in a cycle, all steps run before it."""
        if record.phase == "unwind":
            return 1
        key = record.database, record.migration
        return self._cycle_steps.pop(key, 0) if record.direction == "forward" else 0

    def _task(self, database: str) -> TaskID:
        if database not in self._tasks:
            self._tasks[database] = self._live.add_task("", total=None, database=safe_line(database))
        return self._tasks[database]

    def print_line(self, line: str) -> None:
        """Print one line above the bars."""
        self._live.console.print(Text(line), soft_wrap=True)
