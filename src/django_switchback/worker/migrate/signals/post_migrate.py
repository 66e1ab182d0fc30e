"""Skips Django's two ``post_migrate`` receivers for apps whose rows already exist.

``create_contenttypes`` and ``create_permissions`` run four queries per app and create the missing rows. Here
the existing rows of all apps are read in two queries. Sources:
``contrib/contenttypes/management/__init__.py`` and ``contrib/auth/management/__init__.py`` of Django.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.apps.config import AppConfig
from django.apps.registry import Apps
from django.contrib.auth import management as auth
from django.contrib.contenttypes.management import create_contenttypes
from django.db import Error, router, transaction
from django.db.models.signals import post_migrate

# NOTE: bound before the project is loaded: a replacement by the project is always called.
DJANGO_RECEIVERS = (auth.create_permissions, create_contenttypes)


class StoredRows(NamedTuple):
    """The content types by app label and model, and the permissions as (content type, codename).

    ``statements`` is the number of statements before they were read: a higher number invalidates them.
    """

    types: dict[tuple[str, str], object]
    permissions: set[tuple[object, str]]
    statements: int


@contextmanager
def skip_when_complete(apps: Apps, alias: str, statements: Callable[[], int]) -> Iterator[None]:
    """Skip ``create_contenttypes`` and ``create_permissions`` for an app whose rows already exist.

    ``statements`` returns the number of statements executed on ``alias`` so far.
    """
    send = post_migrate.send
    instance_send = vars(post_migrate).get("send")
    cached: list[StoredRows] = []

    def nothing_to_create(label: str) -> bool:
        if not cached or cached[-1].statements != statements():
            cached[:] = filter(None, [_read_stored_rows(apps, alias, statements)])
        return bool(cached) and _is_complete(cached[-1], apps, label)

    def send_to_needed(sender: AppConfig, **named: Any) -> list[tuple[Any, Any]]:
        receivers, async_receivers = post_migrate._live_receivers(sender)
        if async_receivers or named.get("using") != alias or named.get("apps") is not apps:
            # A receiver may migrate another database, or send the signal itself.
            return send(sender, **named)
        responses = []
        for receiver in receivers:
            if not (
                any(receiver is skippable for skippable in DJANGO_RECEIVERS)
                and nothing_to_create(sender.label)
            ):
                responses.append((receiver, receiver(signal=post_migrate, sender=sender, **named)))
        return responses

    post_migrate.send = send_to_needed  # type: ignore[method-assign]  # restored afterwards
    try:
        yield
    finally:
        if instance_send is None:
            del post_migrate.send
        else:
            post_migrate.send = instance_send  # type: ignore[method-assign]  # as it was


def _read_stored_rows(apps: Apps, alias: str, statements: Callable[[], int]) -> StoredRows | None:
    """Return the existing rows, or ``None`` if they cannot be read."""
    try:
        content_type, permission = _models(apps)
        if not all(router.allow_migrate_model(alias, model) for model in (content_type, permission)):
            return None
        with transaction.atomic(using=alias):
            # All columns, as the receivers read them: the state's columns may differ from the table's.
            types = list(content_type.objects.using(alias).values())
            permissions = set(
                permission.objects.using(alias).order_by().values_list("content_type", "codename")
            )
    except (LookupError, Error):
        # No such model or table: the receivers raise the error themselves if they need it.
        return None
    key = content_type._meta.pk.attname
    return StoredRows(
        {(row["app_label"], row["model"]): row[key] for row in types}, permissions, statements()
    )


def _is_complete(stored: StoredRows, apps: Apps, label: str) -> bool:
    """Return whether the app of ``label`` has all its content types and permissions."""
    try:
        content_type, _ = _models(apps)
        for model in apps.get_app_config(label).get_models():
            key = stored.types.get((label, str(model._meta.model_name)))
            permissions = auth._get_all_permissions(model._meta)  # type: ignore[attr-defined]  # not in the stubs
            if key is None or any((key, codename) not in stored.permissions for codename, _ in permissions):
                return False
        # The receivers clear this cache too.
        content_type.objects.clear_cache()
        return True
    except LookupError:
        # The state has no such app: the receivers return early.
        return False


def _models(apps: Apps) -> tuple[Any, Any]:
    """Return the historical ContentType and Permission models; raises :class:`LookupError` if missing."""
    return apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
