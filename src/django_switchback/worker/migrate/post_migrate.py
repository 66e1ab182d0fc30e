"""Django's own two receivers of ``post_migrate``, not called where all that they would create is there.

``create_contenttypes`` and ``create_permissions`` read what is there, four queries an app, and create what
is missing; where nothing is, they change nothing. What is there is read in two queries for all apps.
Sources: ``contrib/contenttypes/management/__init__.py``, ``contrib/auth/management/__init__.py`` of Django.
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

# NOTE: Django's own, as they are before the project is loaded: what it puts in their place is called.
DJANGO_RECEIVERS = (auth.create_permissions, create_contenttypes)


class StoredRows(NamedTuple):
    """The content types by app label and model, the permissions as type and codename.

    ``statements`` is how many had passed when they were read: they are known until the next one.
    """

    types: dict[tuple[str, str], object]
    permissions: set[tuple[object, str]]
    statements: int


@contextmanager
def skip_when_complete(apps: Apps, alias: str, statements: Callable[[], int]) -> Iterator[None]:
    """Let ``post_migrate`` be sent to all its receivers but the two where those would create nothing.

    ``statements`` tells how many have passed on ``alias`` so far.
    """
    send = post_migrate.send
    replaced = vars(post_migrate).get("send")
    known: list[StoredRows] = []

    def nothing_to_create(label: str) -> bool:
        if not known or known[-1].statements != statements():
            known[:] = filter(None, [_stored(apps, alias, statements)])
        return bool(known) and _complete(known[-1], apps, label)

    def spare(sender: AppConfig, **named: Any) -> list[tuple[Any, Any]]:
        listening, waiting = post_migrate._live_receivers(sender)
        if waiting or named.get("using") != alias or named.get("apps") is not apps:
            # A receiver may migrate another database, or send this itself.
            return send(sender, **named)
        answers = []
        for receiver in listening:
            if not (any(receiver is one for one in DJANGO_RECEIVERS) and nothing_to_create(sender.label)):
                answers.append((receiver, receiver(signal=post_migrate, sender=sender, **named)))
        return answers

    post_migrate.send = spare  # type: ignore[method-assign]
    try:
        yield
    finally:
        if replaced is None:
            del post_migrate.send
        else:
            post_migrate.send = replaced  # type: ignore[method-assign]


def _stored(apps: Apps, alias: str, statements: Callable[[], int]) -> StoredRows | None:
    """Return what is there, ``None`` where that cannot be had."""
    try:
        content_type, permission = _models(apps)
        if not all(router.allow_migrate_model(alias, model) for model in (content_type, permission)):
            return None
        with transaction.atomic(using=alias):
            # All columns, as the receivers read them: a state may have other ones than the table.
            types = list(content_type.objects.using(alias).values())
            permissions = set(
                permission.objects.using(alias).order_by().values_list("content_type", "codename")
            )
    except (LookupError, Error):
        # There is no such model, or no such table: the receivers say so themselves, if it matters to them.
        return None
    key = content_type._meta.pk.attname
    return StoredRows(
        {(one["app_label"], one["model"]): one[key] for one in types}, permissions, statements()
    )


def _complete(stored: StoredRows, apps: Apps, label: str) -> bool:
    """Tell whether the app of ``label`` has all its content types and permissions."""
    try:
        content_type, _ = _models(apps)
        for model in apps.get_app_config(label).get_models():
            key = stored.types.get((label, str(model._meta.model_name)))
            wanted = auth._get_all_permissions(model._meta)  # type: ignore[attr-defined]  # not in the stubs
            if key is None or any((key, codename) not in stored.permissions for codename, _ in wanted):
                return False
        # As they leave it.
        content_type.objects.clear_cache()
        return True
    except LookupError:
        # The state has no such app: the receivers have nothing to do, and see to that themselves.
        return False


def _models(apps: Apps) -> tuple[Any, Any]:
    """Return the historical content type and permission; :class:`LookupError` where there is none."""
    return apps.get_model("contenttypes", "ContentType"), apps.get_model("auth", "Permission")
