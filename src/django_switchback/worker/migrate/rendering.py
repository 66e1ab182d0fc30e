"""Which states have their models rendered as a new process would render them."""

from __future__ import annotations

from django.db.migrations.state import ProjectState


class StateRenderer:
    """Knows the one state whose models were rendered last, all at once."""

    def __init__(self) -> None:
        self._anew: ProjectState | None = None

    def without_rendered_apps(self, state: ProjectState) -> ProjectState:
        """Return ``state`` with its models as a new process renders them, none yet where that is to be done.

        Models that were carried along through many operations keep relations to others that are gone since.
        """
        if state is self._anew:
            return state
        fresh = state.clone()
        fresh.__dict__.pop("apps", None)
        fresh.is_delayed = False
        return fresh

    def rerender_if_delayed(self, state: ProjectState) -> None:
        """Let ``state`` render its models anew if some were left stale, as each new process renders them.

        Django puts off reloading related models (``ProjectState.is_delayed``) and never asks twice in a
        process.
        """
        if "apps" in state.__dict__ and not state.is_delayed:
            return
        state.clear_delayed_apps_cache()
        state.is_delayed = False
        # Those of apps without migrations are rendered otherwise for the signals.
        self._anew = None if state.apps.real_models else state

    def mark_dirty(self, state: ProjectState) -> None:
        """Be told that the models of ``state`` are going to be changed one by one."""
        if state is self._anew:
            self._anew = None
