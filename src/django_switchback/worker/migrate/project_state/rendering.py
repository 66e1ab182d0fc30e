"""Renders the models of a state as a new process would."""

from __future__ import annotations

from django.db.migrations.state import ProjectState


def render_models(state: ProjectState) -> None:
    """Render the models of ``state``, which Django does on first access."""
    state.apps  # noqa: B018  a cached property


class StateRenderer:
    """Remembers the state whose models were last rendered, all at once."""

    def __init__(self) -> None:
        self._freshly_rendered: ProjectState | None = None

    def without_rendered_apps(self, state: ProjectState) -> ProjectState:
        """Return ``state`` with freshly rendered models, or a copy whose models are rendered on first access.

        Models that went through many operations keep relations to models that no longer exist.
        """
        if state is self._freshly_rendered:
            return state
        fresh = state.clone()
        fresh.__dict__.pop("apps", None)
        fresh.is_delayed = False
        return fresh

    def rerender_if_delayed(self, state: ProjectState) -> None:
        """Render the models of ``state`` again if some are stale, as each new process does.

        Django delays reloading related models (``ProjectState.is_delayed``) and never reloads them twice in a
        process.
        """
        if "apps" in state.__dict__ and not state.is_delayed:
            return
        state.clear_delayed_apps_cache()
        state.is_delayed = False
        # The signals render the models of apps without migrations differently.
        self._freshly_rendered = None if state.apps.real_models else state

    def mark_dirty(self, state: ProjectState) -> None:
        """Forget ``state``, whose models are about to be changed one by one."""
        if state is self._freshly_rendered:
            self._freshly_rendered = None
