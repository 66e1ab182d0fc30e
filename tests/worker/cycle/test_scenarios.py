"""Scenarios of a project, through the command: they run, fail, give values, and are refused by name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from django_switchback import evidence
from django_switchback.evidence import Covered, ScenarioRan, StepFinished

SHOP = Path(__file__).parents[2] / "projects" / "shop"

SOUND = """\
from django.db.models import DecimalField

from django_switchback.scenarios import after, before, leave_empty, reapplied, restored, value_for

TARGET = "shop.0006_wider_names"


@value_for("shop.Customer", "city")
def city(number):
    return f"City {number}"


@value_for(DecimalField)
def price(chance):
    return chance.choice([5, 7])


leave_empty("shop.Badge", because="badges are given out by the mail room")


@before("shop.0006")
def an_order_like_no_other(apps):
    customer = apps.get_model("shop", "Customer").objects.first()
    about = apps.get_model("contenttypes", "ContentType").objects.first()
    apps.get_model("shop", "Order").objects.create(customer=customer, about=about, note="by hand", total=9)


@before(TARGET)
def values_are_ours(apps, connection):
    assert connection.vendor == "sqlite"
    customers = apps.get_model("shop", "Customer").objects.values_list("city", flat=True)
    assert {city.split()[0] for city in customers if city is not None} == {"City"}
    orders = apps.get_model("shop", "Order").objects.exclude(note="by hand")
    totals = set(orders.values_list("total", flat=True)) - {None}
    assert totals, "every total is null"
    assert totals <= {5, 7}
    assert not apps.get_model("shop", "Badge").objects.exists()


@after(TARGET)
def an_order_of_the_new_release(apps):
    customer = apps.get_model("shop", "Customer").objects.first()
    about = apps.get_model("contenttypes", "ContentType").objects.first()
    apps.get_model("shop", "Order").objects.create(customer=customer, about=about, note="new", total=11)


@restored(TARGET)
def looking_leaves_no_trace(apps):
    orders = apps.get_model("shop", "Order").objects
    assert orders.get(note="new").total == 11
    orders.all().delete()


@reapplied("shop.*_wider_*")
def all_is_there(apps):
    assert apps.get_model("shop", "Order").objects.filter(note__in=["by hand", "new"]).count() == 2
"""

FAILING = """\
from django_switchback.scenarios import after, before, reapplied, restored


@before("shop.0001_initial")
def no_such_model(apps):
    apps.get_model("shop", "Nothing")


@after("shop.0001_initial")
def something_is_sold(apps):
    orders = apps.get_model("shop", "Order").objects
    assert orders.count() == 99


@restored("shop.0001_initial")
def says_why(apps):
    assert False, "because\\x1b[31m I say so"


@reapplied("shop.0001_initial")
def leaves():
    raise SystemExit(3)
"""


class Run(NamedTuple):
    """What one run of the command came to."""

    status: int
    output: str
    report: dict[str, Any]
    records: tuple[evidence.AnyRecord, ...]


def rehearse(folder: Path, scenarios: dict[str, str], *words: str) -> Run:
    """Rehearse a copy of the shop in ``folder`` that has these files of scenarios."""
    project = folder / "project"
    shutil.copytree(SHOP, project, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
    for name, text in scenarios.items():
        path = project / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    log, report = folder / "log.jsonl", folder / "report.json"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "django_switchback", "--project", str(project), "--database", "sqlite"),
            *("--evidence", str(log), "--json", str(report), "--quiet", *words),
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"},
        check=False,
    )
    found = json.loads(report.read_bytes()) if report.exists() else {}
    records = evidence.read(log) if log.exists() else ()
    return Run(done.returncode, done.stdout + done.stderr, found, records)


def findings(run: Run) -> dict[str, dict[str, Any]]:
    """Return what was found about the targets, by rule."""
    return {item["rule"]: item for entry in run.report["migrations"] for item in entry["findings"]}


@pytest.mark.parametrize("folder", ["migration_scenarios", "elsewhere"])
def test_all_that_can_be_said(tmp_path: Path, folder: str) -> None:
    """Rows are prepared, written and looked at, values given and a table left empty, with no false alarm."""
    named = () if folder == "migration_scenarios" else ("--scenarios", str(tmp_path / "project" / folder))
    files = {f"{folder}/shop.py": SOUND, f"{folder}/_helpers.py": "no Python, and never read"}
    run = rehearse(tmp_path, files, "--migration", "shop.0006_wider_names", *named)
    ran = [record for record in run.records if isinstance(record, ScenarioRan)]
    assert [(record.moment, record.function, record.failure) for record in ran] == [
        ("before", "an_order_like_no_other", None),
        ("before", "values_are_ours", None),
        ("after", "an_order_of_the_new_release", None),
        ("restored", "looking_leaves_no_trace", None),
        ("reapplied", "all_is_there", None),
    ]
    assert (ran[0].path, ran[0].line) == (f"{folder}/shop.py", _line('@before("shop.0006")'))
    covered = next(record for record in run.records if isinstance(record, Covered))
    where = f"{folder}/shop.py:{_line('leave_empty(')}"
    reason = f"left empty by choice ({where}): badges are given out by the mail room"
    assert covered.empty == {"shop_badge": reason}
    assert findings(run) == {}


def _line(begins: str) -> int:
    return next(at for at, line in enumerate(SOUND.splitlines(), start=1) if line.startswith(begins))


def test_functions_that_fail(tmp_path: Path) -> None:
    """Whatever functions raise is one finding that says where and what; the walk goes on."""
    run = rehearse(tmp_path, {"migration_scenarios/failing.py": FAILING}, "--migration", "shop.0001_initial")
    assert run.status == 1
    found = findings(run)["scenario-fails"]
    assert (found["severity"], found["phase"]) == ("error", "cycle")
    assert found["message"] == (
        "Scenario no_such_model (migration_scenarios/failing.py:4) fails before applying "
        "shop.0001_initial: LookupError: No installed app with label 'shop'. 3 more functions failed."
    )
    told = [(item["moment"], item["failure"]["message"]) for item in found["evidence"]["scenarios"]]
    assert told == [
        ("before", "No installed app with label 'shop'."),
        ("after", "assert orders.count() == 99"),
        ("restored", "because\x1b[31m I say so"),
        ("reapplied", "3"),
    ]
    assert "\x1b" not in run.output
    assert "migration_scenarios/failing.py:9" in run.output
    steps = [record for record in run.records if isinstance(record, StepFinished) and record.phase == "cycle"]
    assert [step.direction for step in steps] == ["forward", "rollback", "reapply"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\n\ndef (:\n", "migration_scenarios/bad.py, line 3: SyntaxError: "),
        ("import os\n\nraise ValueError('no')\n", "migration_scenarios/bad.py, line 3: ValueError: no"),
        ("import sys\nsys.exit(0)\n", "migration_scenarios/bad.py, line 2: SystemExit: 0"),
        (
            "from django_switchback.scenarios import before\n\n@before('shop.0009_x')\ndef f(): ...\n",
            "migration_scenarios/bad.py, line 3: unknown migration 'shop.0009_x'",
        ),
        (
            "from django_switchback.scenarios import before\n@before('shop.00')\ndef f(): ...\n",
            "migration_scenarios/bad.py, line 2: migration 'shop.00' is one of several: ",
        ),
        (
            "from django_switchback.scenarios import before\n@before('shop.0001')\ndef f(app): ...\n",
            "migration_scenarios/bad.py, line 2: f asks for 'app': expected apps, connection",
        ),
        (
            "from django_switchback.scenarios import leave_empty\nleave_empty('shop.None', because='x')\n",
            "migration_scenarios/bad.py, line 2: unknown model 'shop.None'",
        ),
        (
            "from django_switchback.scenarios import value_for\n@value_for('shop.X', 'y')\ndef f(): ...\n",
            "migration_scenarios/bad.py, line 2: unknown model 'shop.X'",
        ),
    ],
)
def test_what_cannot_be_loaded_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A file that cannot be loaded, or names what is not there, is wrong usage, told with file and line."""
    run = rehearse(tmp_path, {"migration_scenarios/bad.py": text})
    assert run.status == 2, run.output
    assert said in run.output


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A folder that was named has to be there; the usual one need not."""
    run = rehearse(tmp_path, {}, "--scenarios", str(tmp_path / "nowhere"))
    assert run.status == 2
    assert "--scenarios" in run.output


def test_what_touches_only_tables_that_stay_empty_is_an_acknowledged_skip(tmp_path: Path) -> None:
    """It is skipped with the reason that the project gave, which is no pass but an acknowledgement."""
    because = "customers come from elsewhere"
    scenario = "from django_switchback.scenarios import leave_empty\n"
    scenario += f"leave_empty('shop.Customer', because={because!r})\n"
    run = rehearse(tmp_path, {"migration_scenarios/shop.py": scenario}, "--migration", "shop.0003")
    (entry,) = run.report["migrations"]
    assert (entry["verdict"], entry["findings"]) == ("skipped", []), run.output
    assert because in entry["reason"]
    assert [(item["rule"], item["source"]) for item in entry["acknowledged"]] == [("skipped", "scenarios")]
