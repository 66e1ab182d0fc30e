"""Classifies the symptoms of a cycle by trials with fewer rows, and repeats it without edge rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, cached_property

from django_switchback.evidence import Rows
from django_switchback.worker.cycle.context import PartContext, django_key
from django_switchback.worker.cycle.cycle import Cycle
from django_switchback.worker.cycle.result import CycleResult
from django_switchback.worker.cycle.unseeded_sandbox import UnseededSandbox
from django_switchback.worker.migrate import whole_migrate
from django_switchback.worker.migrate.steps import MigrationKey, StepResult
from django_switchback.worker.minimise.record_minimal_rows import Minimiser
from django_switchback.worker.minimise.row_kinds import (
    OLD,
    ROW_KINDS,
    ROW_KINDS_WITHOUT_EDGE,
    SymptomKey,
    minimal_row_kinds,
)
from django_switchback.worker.minimise.seeded_trials import SeededTrials
from django_switchback.worker.minimise.symptom import Symptom, shows_again, symptoms
from django_switchback.worker.phases.format_learner import DATABASE_ERRORS
from django_switchback.worker.phases.learn_formats import learn_formats_of_cycle
from django_switchback.worker.phases.log_evidence.log_cycle import record_class, record_cycle
from django_switchback.worker.phases.log_evidence.log_deploy_window import record_deploy_window
from django_switchback.worker.phases.log_evidence.log_statements import record_control
from django_switchback.worker.stopwatch import STOPWATCH


@STOPWATCH.phase("classification")
def classify_symptoms(
    context: PartContext, key: MigrationKey, seen: CycleResult, unseeded: UnseededSandbox
) -> None:
    """Log the minimal row kind that reproduces each symptom of a cycle, and then the minimal rows.

    ``unseeded`` has every migration before ``key``. A symptom that edge rows alone cause may hide others:
    the cycle is then repeated without them, and so it is to learn whether they alone break a statement.
    """
    learned = learn_formats_of_cycle(context, key, seen, unseeded)
    if learned.failed is not None:
        return
    _search(
        context.with_formats(learned.text_formats), key, seen, unseeded, is_read=bool(learned.text_formats)
    )


def _search(
    context: PartContext,
    key: MigrationKey,
    seen: CycleResult,
    unseeded: UnseededSandbox,
    *,
    is_read: bool,
) -> None:
    """Search for the minimal row kinds; ``is_read``: the step that failed reads text in another format."""
    searches: list[_RowKindSearch] = []
    broken = any(attempt.is_broken for attempt in (*seen.new_attempts, *seen.attempts))
    try:
        if is_read and seen.failed is not None:
            record_class(context, key, ("step", seen.failed), "edge", without_edge=False, by_form=True)
        else:
            searches.append(_RowKindSearch(context, key, seen, unseeded, ROW_KINDS))
        if broken or is_read or "edge" in searches[0].found.values():
            searches += _repeats(context, key, seen, unseeded)
        elif searches[0].found.get(("step", "rollback")) == "new":
            searches += _with_typical_rows(context, key, unseeded)
        # Last, so that everything that decides the verdict is logged even if these trials fail.
        for search in searches:
            search.minimise()
    finally:
        for search in searches:
            search.trials.drop()


def _repeats(
    context: PartContext, key: MigrationKey, first: CycleResult, unseeded: UnseededSandbox
) -> Iterator[_RowKindSearch]:
    """Repeat the cycle without edge rows, and without new rows too if those make it fail as well."""
    again = _without_edge(context, key, first, unseeded)
    if again.has_no_symptoms or again.failed == "forward":
        return
    search = _RowKindSearch(context, key, again, unseeded, ROW_KINDS_WITHOUT_EDGE)
    yield search
    if again.failed is not None and search.found["step", again.failed] == "new":
        yield from _with_typical_rows(context, key, unseeded)


def _with_typical_rows(
    context: PartContext, key: MigrationKey, unseeded: UnseededSandbox
) -> Iterator[_RowKindSearch]:
    """Repeat the cycle with typical rows alone: what it loses of these, a failure with new rows hides."""
    cycle = Cycle.seeded(context, key, "typical", edge=False, many=False)
    typical = _repeated(cycle, context, key, unseeded)
    if not typical.has_no_symptoms and typical.failed != "forward":
        yield _RowKindSearch(context, key, typical, unseeded, OLD)


def _without_edge(
    context: PartContext, key: MigrationKey, first: CycleResult, unseeded: UnseededSandbox
) -> CycleResult:
    """Run the cycle with typical and new rows; ``first`` is the result of the one with edge rows.

    Copies may have the effect of edge rows: after a symptom with many rows, the cycle is run with few.
    """
    cycle = Cycle.seeded(context, key, edge=False, deploy_window=first.failed == "forward")
    seen = _repeated(cycle, context, key, unseeded)
    if seen.has_no_symptoms or not context.seeder.makes_many:
        return seen
    few = _repeated(Cycle.seeded(context, key, edge=False, many=False), context, key, unseeded)
    alike = {
        (symptom.about, symptom.direction) for symptom in symptoms(seen) if shows_again(symptom, first, seen)
    }
    for symptom in sorted(alike.difference(_symptom_keys(few))):
        record_class(context, key, symptom, "edge", without_edge=True)
    return few


def _repeated(
    cycle: Cycle, context: PartContext, key: MigrationKey, unseeded: UnseededSandbox
) -> CycleResult:
    with context.sandboxes.switched_to(unseeded.clone("again")):
        seen = cycle.run(unseeded.state())
        record_cycle(context, key, seen, without_edge=True)
    record_deploy_window(context, key, seen, lambda: unseeded, edge=False)
    return seen


class _RowKindSearch:
    """Finds the minimal one of the row kinds ``among`` for each symptom of one cycle, and logs it."""

    def __init__(
        self,
        context: PartContext,
        key: MigrationKey,
        seen: CycleResult,
        unseeded: UnseededSandbox,
        among: tuple[Rows, ...],
    ) -> None:
        self._context = context
        self._key = key
        self._seen = seen
        self._unseeded = unseeded
        self._symptoms = tuple(_symptom_keys(seen))
        self.trials = self._seeded_trials(among)
        self.found = self._minimal_row_kinds(among)
        self._without_edge = "edge" not in among
        for symptom, rows in self.found.items():
            record_class(
                context,
                key,
                symptom,
                rows,
                without_edge=self._without_edge,
                by_elimination=rows in {"typical", "new"} and symptom not in self._shows(rows),
                left=self._minimal_left(symptom, rows, among),
            )
        record_control(context, key, seen, unseeded, edge="edge" in among)

    def _minimal_left(self, symptom: SymptomKey, rows: Rows | None, among: tuple[Rows, ...]) -> Rows | None:
        """Return the minimal kind of rows that leaves rows behind, if ``rows`` only lose or change values.

        If no trial leaves any, as when it fails before it could, all rows are needed, by elimination.
        """
        if rows is None or symptom != ("restored", "rollback") or not _leaves_rows(self._seen):
            return None
        kinds = among[among.index(rows) :]
        needed = kinds[-1] if symptom in self._shows(rows) else rows
        minimal = next((kind for kind in kinds if _leaves_rows(self.trials.get(kind)[1])), needed)
        return None if minimal == rows else minimal

    def _seeded_trials(self, among: tuple[Rows, ...]) -> SeededTrials:
        with_reapply = any(direction == "reapply" for _, direction in self._symptoms)
        return SeededTrials(
            self._context,
            self._key,
            self._unseeded,
            self._seen,
            with_reapply=with_reapply,
            edge="edge" in among,
        )

    def _minimal_row_kinds(self, among: tuple[Rows, ...]) -> dict[SymptomKey, Rows | None]:
        """Return the minimal row kind for each symptom; with signals where one needs them.

        Trials whose edge rows fail before the symptom are ignored.
        """
        found: Mapping[SymptomKey, Rows | None] = minimal_row_kinds(
            self._symptoms, self._shows, among, refused=self._refused
        )
        if "edge" in among and self.trials.short:
            self.trials.drop()
            self.trials = self._seeded_trials(ROW_KINDS_WITHOUT_EDGE)
            found = self._minimal_row_kinds(ROW_KINDS_WITHOUT_EDGE)
            return {symptom: self._shown_without_edge(symptom, rows) for symptom, rows in found.items()}
        if all(rows is not None and symptom in self._shows(rows) for symptom, rows in found.items()):
            return dict(found)
        self.trials.with_signals()
        found = minimal_row_kinds(self._symptoms, self._shows, among, refused=self._refused)
        return {symptom: self._verified(symptom, rows) for symptom, rows in found.items()}

    def _shown_without_edge(self, symptom: SymptomKey, rows: Rows | None) -> Rows | None:
        """Return ``rows`` if ``symptom`` is reproduced with them, else ``edge`` if edge rows reproduce it.

        Freshly seeded edge rows do not get as far as the symptom; those that came through earlier migrations
        did, so that a repeat needs such rows too.
        """
        if rows is not None and symptom in self._shows(rows):
            return rows
        return "edge" if symptom in self._repeated_from_earlier(edge=True) else None

    def _kind_from_earlier(self, symptom: SymptomKey) -> Rows | None:
        """Return the kind of rows with which ``symptom`` is reproduced if they are older than the target."""
        kinds: tuple[tuple[Rows, bool], ...] = (("typical", False), ("edge", True))
        return next((rows for rows, edge in kinds if symptom in self._repeated_from_earlier(edge=edge)), None)

    @cache  # noqa: B019  lives as long as the search, which is as long as its sandboxes
    def _repeated_from_earlier(self, *, edge: bool) -> frozenset[SymptomKey]:
        """Return the symptoms reproduced with rows seeded among the migrations that precede the target.

        Such rows may be in the database although it refuses them by now: a constraint that is not validated
        does not look at them.
        """
        earlier, context = self._unseeded.earlier, self._context
        if earlier is None:
            return frozenset()
        keys = [key for key in context.migrator.plan if key in self._unseeded.applied - earlier.applied]
        targets = set(map(django_key, context.part.targets))
        state = context.migrator.state_of(earlier.applied.__contains__)

        def step(key: MigrationKey, action: Callable[[], StepResult]) -> StepResult:
            # As the walk does: before each target, the tables that exist by then.
            if key in targets or key == keys[0]:
                context.seeder.fill(state.apps, edge=edge, include_unmanaged=True)
            return context.run_setup_step(key, action, rows="edge" if edge else "typical")

        with context.sandboxes.switched_to(earlier.clone("again")):
            passing = whole_migrate.forward_all(context.migrator, state, keys, step)
            if any(result.failure is not None for _, result in passing):
                return frozenset()
            seen = Cycle.seeded(context, self._key, edge=edge, trial=True).run(self._unseeded.state())
        return frozenset(_symptom_keys(seen))

    def _verified(self, symptom: SymptomKey, rows: Rows) -> Rows | None:
        """Return ``rows``, or in place of edge rows the kind with which ``symptom`` is reproduced, if any.

        A repeat without edge rows proves a pass only if edge rows cause the symptom: they do not end a
        connection that was ended from outside.
        """
        if rows != "edge" or symptom in self._shows(rows):
            return rows
        if self._context.seeder.makes_many and symptom in self._repeated_with_copies:
            return rows
        return self._kind_from_earlier(symptom)

    @cached_property
    def _repeated_with_copies(self) -> frozenset[SymptomKey]:
        """The symptoms reproduced with the copies of ``--rows``, which may have the effect of edge rows."""
        with self._context.sandboxes.switched_to(self._unseeded.clone("again")):
            seen = Cycle.seeded(self._context, self._key, trial=True).run(self._unseeded.state())
        return frozenset(_symptom_keys(seen))

    @property
    def _refused(self) -> bool:
        """Whether a step failed with a database error."""
        failure = None if self._seen.last_step is None else self._seen.last_step.failure
        return failure is not None and failure.type in DATABASE_ERRORS

    def _shows(self, rows: Rows) -> tuple[SymptomKey, ...]:
        if rows == "none" and self.trials.take_rows:
            return ()
        return tuple(_symptom_keys(self.trials.get(rows)[1]))

    @STOPWATCH.phase("minimal rows")
    def minimise(self) -> None:
        """Search for the minimal rows of each symptom that needs rows."""
        known = {symptom: rows for symptom, rows in self.found.items() if rows is not None}
        if all(rows == "none" for rows in known.values()):
            return
        minimiser = Minimiser(
            self._context, self._key, self._unseeded, self.trials, without_edge=self._without_edge
        )
        for symptom, rows in known.items():
            minimiser.record(*symptom, rows)


def _leaves_rows(seen: CycleResult) -> bool:
    return Symptom("restored", "rollback", "left") in symptoms(seen)


def _symptom_keys(seen: CycleResult) -> Iterator[SymptomKey]:
    if seen.failed is not None:
        yield "step", seen.failed
    if seen.rollback_difference is not None and seen.rollback_difference.rows:
        yield "restored", "rollback"
    if seen.reapply_difference is not None and seen.reapply_difference.rows:
        yield "reapplied", "reapply"
