"""The projects of the campaign: one that is slow on purpose, and small ones around a single migration."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from textwrap import dedent

from integration.making import MANAGE, NUMBER, App, adds, creates, migration, model, project, simple

from .case import SECRET_KEY, Make, Place

NOOP = "migrations.RunPython.noop"
SETTINGS = f"\nSECRET_KEY = {SECRET_KEY!r}\n"

_SLOW = """
import os, sys, time

def waits(apps, editor):
    if sys.argv[1:2] == ["migrate"]:
        with open(os.environ["FLAG"], "a") as flag:
            flag.write("plain ")
    deadline = time.monotonic() + float(os.environ.get("PAUSE", "0"))
    while time.monotonic() < deadline and not os.path.exists(os.environ["STRUCK"]):
        time.sleep(0.02)
    list(apps.get_model("things", "Thing").objects.all()[:1])
"""


def written(
    place: Place,
    apps: Mapping[str, App],
    *,
    settings: str = "",
    manage: str = MANAGE,
    contrib: Sequence[str] = (),
) -> Path:
    """Write a project with a database of its own in it, which nobody may touch."""
    folder = project(
        place.project, apps, settings=SETTINGS + dedent(settings), manage=manage, contrib=contrib
    )
    own = folder / "own.sqlite3"
    with closing(sqlite3.connect(own)) as canary, canary:
        canary.execute("CREATE TABLE kept (word text)")
        canary.execute("INSERT INTO kept VALUES ('as it was')")
    return folder


_UPDATES = "    apps.get_model('things', 'Thing').objects.update(n=1)\n"
"""So that the migration changes rows: one that changes none is no pass, whatever befalls it."""


def slow(*, settings: str = "", after: str = "", back: str = "waits") -> Make:
    """Return what makes a project whose second migration waits, and a neighbour of it.

    ``after`` is the body of a function that follows the waiting, on the way forward.
    """

    def make(place: Place) -> None:
        written(
            place, {"others": simple("others", "Other"), "things": _slow_app(after, back)}, settings=settings
        )

    return make


def _slow_app(after: str, back: str) -> App:
    lines = "".join(f"    {line}\n" for line in dedent(after).strip().splitlines())
    more = f"def more(apps, editor):\n    waits(apps, editor)\n{_UPDATES}{lines}"
    steps = {
        "0001_initial": migration(creates("Thing")),
        "0002_slow": migration(
            adds("thing", NUMBER),
            f"migrations.RunPython(more, {back})",
            after=[("things", "0001_initial")],
            head=_SLOW + more,
        ),
        "0003_after": migration(
            adds("thing", "m=models.IntegerField(default=0)"), after=[("things", "0002_slow")]
        ),
    }
    return App(
        steps, model("Thing", "n = models.IntegerField(default=0)\n    m = models.IntegerField(default=0)")
    )


def acting(
    forth: str = "pass",
    back: str = "pass",
    *,
    head: str = "",
    attributes: str = "",
    settings: str = "",
    manage: str = MANAGE,
    operations: Sequence[str] = (),
    contrib: Sequence[str] = (),
    plain: bool = False,
) -> Make:
    """Return what makes a project whose second migration runs ``forth`` and ``back``, and a neighbour.

    The functions' bodies have ``apps``, ``editor`` and ``cursor``. Besides them the migration adds a column
    and fills it, so that it changes something; where it is ``plain`` it does not.
    """

    def make(place: Place) -> None:
        added = [] if plain else [adds("thing", NUMBER)]
        own = operations or ["migrations.RunPython(forth, back)"]
        top = "import os, sys, time\n" + dedent(head)
        for name, body in (("forth", forth), ("back", back)):
            lines = "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
            top += f"\ndef {name}(apps, editor):\n    cursor = editor.connection.cursor()\n{lines}"
            top += _UPDATES if name == "forth" and not (plain or operations) else ""
        text = migration(
            *added,
            *own,
            after=[("things", "0001_initial")],
            head=_filled(top, place),
            attributes=attributes,
        )
        things = App(
            {
                "0001_initial": migration(creates("Thing")),
                "0002_acts": text,
                "0003_after": migration(
                    adds("thing", "m=models.IntegerField(default=0)"), after=[("things", "0002_acts")]
                ),
            },
            model(
                "Thing",
                ("" if plain else "n = models.IntegerField(default=0)\n    ")
                + "m = models.IntegerField(default=0)",
            ),
        )
        written(
            place,
            {"others": simple("others", "Other"), "things": things},
            settings=_filled(settings, place),
            manage=_filled(manage, place),
            contrib=contrib,
        )

    return make


def _filled(text: str, place: Place) -> str:
    """Return ``text`` with the words in capitals that stand for the case's own names."""
    names = {"@TOKEN@": place.token, "@ROOT@": str(place.root), "@OWN@": str(place.project / "own.sqlite3")}
    if place.team is not None:
        names |= {"@SOCKET@": place.team.login.host, "@PORT@": place.team.login.port}
    for name, value in names.items():
        text = text.replace(name, value)
    return text


def sound(*, settings: str = "", manage: str = MANAGE, contrib: Sequence[str] = ()) -> Make:
    """Return what makes a project in which nothing is wrong."""

    def make(place: Place) -> None:
        written(
            place,
            {"others": simple("others", "Other"), "things": simple("things")},
            settings=_filled(settings, place),
            manage=_filled(manage, place),
            contrib=contrib,
        )

    return make
