"""The smallest failing rows of a small shop, and the tests of plain Django that come with them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, cast
from xml.etree import ElementTree

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from django_switchback import evidence
from django_switchback.evidence import DatabaseBroken, MinimalRowsFound
from django_switchback.sandbox.interface import Server
from django_switchback.worker.guard.database_urls import sandbox_url
from django_switchback.worker.minimise.delta_debugging import MinimalSet
from django_switchback.worker.minimise.ranking import Hints
from django_switchback.worker.minimise.rows import RowId, RowsById
from django_switchback.worker.minimise.search import MinimalRows, RowSearch, SearchResult
from django_switchback.worker.minimise.trial_database import Isolation, TrialDatabase
from django_switchback.worker.minimise.trial_rows import SeededRows

SHOP = Path(__file__).parents[2] / "projects" / "shop"
DATABASES = ("sqlite", "postgresql-18")
NO_CONNECTION = cast("BaseDatabaseWrapper", None)

USER = ("before", "auth_user", ())
SMALLEST = {
    "0002_loses_values": (
        ("restored", "rollback", "values"),
        (USER, ("before", "shop_customer", ("user_id",)), ("before", "shop_order", ("customer_id", "note"))),
    ),
    "0003_blocked_by_new_rows": (
        ("step", "rollback", None),
        (USER, ("before", "shop_customer", ("user_id",)), ("after", "shop_order", ("customer_id", "total"))),
    ),
    "0004_needs_notes": (
        ("step", "forward", None),
        (USER, ("before", "shop_customer", ("user_id",)), ("before", "shop_order", ("customer_id", "note"))),
    ),
    "0005_leaves_badges": (
        ("restored", "rollback", "left"),
        (USER, ("before", "shop_customer", ("user_id",))),
    ),
    "0006_wider_names": (("step", "rollback", None), (USER, ("after", "shop_customer", ("user_id", "name")))),
}
"""By migration: what it is about, and which rows do it, with the columns that matter but for the key."""
ONLY_POSTGRESQL = {"0006_wider_names"}

FILL = """

def fill(apps, schema_editor):
    apps.get_model("shop", "Order").objects.filter({name}=None).update({name}={value!r})
"""
SHORTEN = """

def shorten(apps, schema_editor):
    for customer in apps.get_model("shop", "Customer").objects.all():
        customer.name = customer.name[:80]
        customer.save()
"""
TAKE_BACK = """

def take_back(apps, schema_editor):
    apps.get_model("shop", "Badge").objects.filter(name="founder").delete()
"""
NOTHING = "migrations.RunPython.noop"
CORRECTED: dict[str, Callable[[str], str]] = {
    "0002_loses_values": lambda text: text.replace(".upper()", ""),
    "0003_blocked_by_new_rows": lambda text: text.replace(
        "\n    ]", f"\n        migrations.RunPython({NOTHING}, fill),\n    ]"
    ).replace("\n\nclass", FILL.format(name="total", value=0) + "\n\nclass"),
    "0004_needs_notes": lambda text: text.replace(
        "= [migrations.AlterField", f"= [migrations.RunPython(fill, {NOTHING}), migrations.AlterField"
    ).replace("\n\nclass", FILL.format(name="note", value="") + "\n\nclass"),
    "0005_leaves_badges": lambda text: text.replace(NOTHING, "take_back").replace(
        "\n\nclass", TAKE_BACK + "\n\nclass"
    ),
    "0006_wider_names": lambda text: text.replace(
        "200))]", f"200)), migrations.RunPython({NOTHING}, shorten)]"
    ).replace("\n\nclass", SHORTEN + "\n\nclass"),
}


class Run(NamedTuple):
    """What a rehearsal of the shop found on one database."""

    database: str
    minimal_rows: tuple[MinimalRowsFound, ...]
    broken: tuple[DatabaseBroken, ...]


@pytest.fixture(scope="module", params=DATABASES)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Rehearse the shop."""
    log = tmp_path_factory.mktemp("reduced") / "evidence.jsonl"
    words = ["--project", str(SHOP), "--database", str(request.param), "--app", "shop", "--all", "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "django_switchback", *words, "--evidence", str(log)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    records = evidence.read(log)
    return Run(
        str(request.param),
        tuple(record for record in records if isinstance(record, MinimalRowsFound)),
        tuple(record for record in records if isinstance(record, DatabaseBroken)),
    )


def expected(run: Run) -> set[str]:
    """Return the migrations that rows break on this database."""
    return {name for name in SMALLEST if run.database != "sqlite" or name not in ONLY_POSTGRESQL}


def test_the_fewest_rows(run: Run) -> None:
    """Of each trouble just the row that matters is left, with those that it refers to."""
    found = {
        record.migration.name: (
            (record.about, record.direction, record.change),
            tuple(
                (row.written, row.table, tuple(column for column in row.columns if column != "id"))
                for row in record.rows
            ),
        )
        for record in run.minimal_rows
    }
    assert found == {name: SMALLEST[name] for name in expected(run)}
    assert all(record.complete and record.on_board > 20 for record in run.minimal_rows)


@pytest.mark.parametrize(
    ("found_by", "confirmed", "asked"),
    [
        (("rollback", "clone", "signals"), ("rollback",), ["rollback"]),
        (("clone",), ("clone",), ["rollback", "clone"]),
        (("rollback", "clone"), ("clone",), ["rollback", "clone"]),
        (("signals",), ("signals",), ["rollback", "clone", "signals"]),
        ((), (), ["rollback", "clone", "signals"]),
    ],
)
def test_what_does_not_show_is_looked_for_again(
    found_by: tuple[Isolation, ...], confirmed: tuple[Isolation, ...], asked: list[Isolation]
) -> None:
    """What is not found in transactions, or does not hold on a copy, takes copies; then the signals too."""
    searched: list[Isolation] = []
    result = SearchResult((), "", 1, True)

    class Anywhere(TrialDatabase):
        isolations = ("rollback", "clone", "signals")

        def __init__(self) -> None:
            pass

        @contextmanager
        def prepared(self, isolation: Isolation) -> Iterator[None]:
            yield

    class Anything(RowSearch):
        def __init__(self) -> None:
            self._database = Anywhere()
            self._seeded = SeededRows({}, {}, {}, {}, {}, {}, NO_CONNECTION)

        def _find(self) -> MinimalRows | None:
            searched.append(self._isolation)
            return MinimalRows({}, (), True) if self._isolation in found_by else None

        def _confirm(self, found: MinimalRows) -> SearchResult | None:
            return result if self._isolation in confirmed else None

    assert Anything().run() is (result if confirmed else None)
    assert searched == asked


def test_values_that_were_not_tried_are_shown_where_the_symptom_names_them() -> None:
    """Time that ran out before the values were tried left a row of which nothing but the key was seen."""
    post = RowId("after", "post", ("7",))
    row = {"id": "7", "title": "One", "target_url": "https://example.org/" + "x" * 300}

    class OutOfTimeForValues(RowSearch):
        def __init__(self) -> None:
            self._seeded = SeededRows({post: row}, {}, {}, {"post": ("id",)}, {}, {}, NO_CONNECTION)
            self._hints = Hints("value too long\nAlterField (Alter field target_url on post)")
            self._referred_rows = {}

        def _minimal_row_ids(self, row_ids: tuple[RowId, ...], rows: RowsById) -> MinimalSet[RowId] | None:
            return MinimalSet((post,), 1, False)

        def _required_values(self, rows: RowsById) -> None:
            return None

        def _default_values(self, row_id: RowId) -> dict[str, str | None]:
            return {"title": "", "target_url": ""}

        def columns(self) -> tuple[str, ...]:
            minimal = self._find()
            assert minimal is not None
            return self._as_evidence(post, row, minimal.required_values).columns

    assert OutOfTimeForValues().columns() == ("id", "target_url")


def test_content_types_are_named(run: Run) -> None:
    """A content type, which has another key in every database, is asked for by what it stands for."""
    test = next(record.test for record in run.minimal_rows if record.migration.name == "0002_loses_values")
    assert 'about_id=apps.get_model("contenttypes.ContentType").objects.get_or_create(app_label=' in test


def test_what_makemigrations_would_ask_about_is_no_crash(run: Run) -> None:
    """A change of the models that ``makemigrations`` cannot write by itself does not end the worker."""
    assert run.broken == ()


def outcomes(run: Run, server: Server, project: Path, folder: Path) -> dict[str, str]:
    """Run the tests that came with the rows against ``project``; return how each one ended, by migration."""
    for record in run.minimal_rows:
        (folder / f"test_{record.migration.name}.py").write_text(record.test)
    address = server.factory().create("shop")
    try:
        options = ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(folder)]
        # What is printed is cut to the terminal's width; the file is not.
        said = folder / "said.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", *options, f"--junit-xml={said}", str(folder)],
            cwd=project,
            env={
                "PATH": "/usr/bin:/bin",
                "DATABASE_URL": sandbox_url(address),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            check=False,
        )
    finally:
        server.factory().drop(address)
    return {
        case.attrib["name"].removeprefix("test_shop_"): next((_ended(element) for element in case), "passed")
        for case in ElementTree.parse(said).iter("testcase")
    }


def _ended(outcome: ElementTree.Element) -> str:
    return f"{outcome.tag}: {outcome.get('message')}"


def test_the_tests_fail(run: Run, server_of: Callable[[str], Server], tmp_path: Path) -> None:
    """Each test fails in plain Django against the project as it is, for the reason that was found."""
    found = outcomes(run, server_of(run.database), SHOP, tmp_path)
    assert found.keys() == expected(run)
    for name, ended in found.items():
        compared = SMALLEST[name][0][0] != "step"
        said = "AssertionError|assert" if compared else "django.db.utils.(IntegrityError|DataError)"
        assert re.match(f"failure: ({said})", ended), (name, ended)


def test_the_tests_pass_once_it_is_corrected(
    run: Run, server_of: Callable[[str], Server], tmp_path: Path
) -> None:
    """The same tests pass against the project with its migrations corrected, and so hold them to it."""
    project = tmp_path / "project"
    shutil.copytree(SHOP, project, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    for name, correct in CORRECTED.items():
        path = project / "shop" / "migrations" / f"{name}.py"
        path.write_text(correct(path.read_text()))
    folder = tmp_path / "tests"
    folder.mkdir()
    assert outcomes(run, server_of(run.database), project, folder) == dict.fromkeys(expected(run), "passed")
