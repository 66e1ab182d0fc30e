"""A migration may do what it likes to its process: it costs that step alone, and nothing is left running."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest

from integration.making import App, Ran, adds, command_lines, creates, migration, project, switchback

SLEEPS = "time.sleep(61.25)"
"""On the command line of whatever a migration leaves running."""

ACTS = f"""
import ctypes, os, signal, subprocess, sys, time
from django.db import transaction

class Odd(BaseException): pass

def nothing(apps, editor): pass
def insert(apps, editor): apps.get_model("{{app}}", "Thing").objects.create()

def hangs(apps, editor): time.sleep(600)
def leaves(apps, editor): os._exit(3)
def crashes(apps, editor): os.kill(os.getpid(), signal.SIGSEGV)
def kills_itself(apps, editor): os.kill(os.getpid(), signal.SIGKILL)

def raises_oddly(apps, editor): raise Odd("on purpose")
def exits_well(apps, editor): sys.exit(0)
def interrupts(apps, editor): raise KeyboardInterrupt
def closes(apps, editor): os.closerange(3, 256)
def closes_all(apps, editor): os.closerange(0, 256)
def begins(apps, editor):
    editor.connection.cursor().execute("BEGIN")
    insert(apps, editor)
def enters(apps, editor):
    transaction.atomic(using=editor.connection.alias).__enter__()
    insert(apps, editor)
def takes_over(apps, editor):
    editor.connection.set_autocommit(False)
    insert(apps, editor)

def shouts(apps, editor):
    for _ in range(3000):
        print("out" * 300)
        print("err" * 300, file=sys.stderr)
    os.write(1, b"\\xff\\xfe" * 1000)
def asks(apps, editor): assert sys.stdin.read() == ""
def moves(apps, editor): os.chdir("/")
def mutes(apps, editor):
    os.closerange(0, 3)
    sys.stdout.close()
def sets_alarm(apps, editor): signal.setitimer(signal.ITIMER_REAL, 0.3)
def forks(apps, editor):
    words = [sys.executable, "-c", "import time; {SLEEPS}"]
    subprocess.Popen(words)
    subprocess.Popen(words, start_new_session=True)
    subprocess.Popen(words, env={{{{}}}})
    if os.fork() == 0:
        os.execv(sys.executable, words)
"""

DEADLY = ("leaves", "crashes", "kills_itself")
FAILING = ("raises_oddly", "exits_well", "interrupts", "closes", "closes_all")
UNFINISHED = ("begins", "enters", "takes_over")
ALL_FAILING = (*FAILING, *UNFINISHED)
HARMLESS = ("shouts", "asks", "moves", "mutes", "sets_alarm", "forks")

FORWARD_RULES = {
    **dict.fromkeys(DEADLY, "worker-died"),
    **dict.fromkeys(ALL_FAILING, "forward-fails"),
}
ROLLBACK_RULES = {
    **dict.fromkeys(DEADLY, "worker-died"),
    **dict.fromkeys(ALL_FAILING, "rollback-fails"),
}


def app(act: str, *, back: bool) -> App:
    """Return an app whose second migration does ``act``, in one direction."""
    label = label_of(act, back=back)
    functions = f"nothing, {act}" if back else f"{act}, nothing"
    attributes = "atomic = False" if act in UNFINISHED else ""
    return App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_acts": migration(
                f"migrations.RunPython({functions})",
                after=[(label, "0001_initial")],
                head=ACTS.format(app=label),
                attributes=attributes,
            ),
            "0003_after": migration(
                adds("thing", "n=models.IntegerField(default=0)"), after=[(label, "0002_acts")]
            ),
        },
        models="class Thing(models.Model):\n    n = models.IntegerField(default=0)",
    )


def label_of(act: str, *, back: bool) -> str:
    """Return the app's name; the letter in front mixes sound apps between the others."""
    return f"{act}_{'back' if back else 'forth'}"


def hostile(folder: Path, *acts: str) -> Path:
    """Write a project with each act in each direction."""
    apps = {
        label_of(act, back=back): app(act, back=back) for act, back in itertools.product(acts, (False, True))
    }
    return project(folder, apps)


def warnings_of(act: str) -> set[str]:
    """Return the rules that warn of an act that does no harm: it changes no row, and one starts programs."""
    started = {"touched-elsewhere"} if act == "forks" else set()
    return {"changed-no-row"} | started if act in HARMLESS else set()


def check(ran: Ran, acts: Iterable[str]) -> None:
    """Each act costs its step and those that need it, under its rule; everything else passes."""
    verdicts, found = ran.verdicts(), {}
    expected: dict[str, str] = {}
    rules: dict[str, set[str]] = {}
    for act, back in itertools.product(acts, (False, True)):
        label = label_of(act, back=back)
        rule = (ROLLBACK_RULES if back else FORWARD_RULES).get(act)
        rules[label] = {rule} if rule else warnings_of(act)
        found[label] = {rule for rule, _ in ran.rules(f"{label}.0002_acts")}
        expected[f"{label}.0001_initial"] = "passed"
        expected[f"{label}.0002_acts"] = "failed" if rule else "passed"
        expected[f"{label}.0003_after"] = "skipped" if rule and not back else "passed"
    assert found == rules
    assert verdicts == expected
    assert ran.status == 1
    assert [line for line in command_lines() if SLEEPS in line] == []
    [database] = ran.report["databases"]
    assert {finding["rule"] for finding in database["findings"]} <= {"system-check"}


def test_acts_that_fail(tmp_path: Path) -> None:
    """What raises, whatever its class, or leaves a transaction open, fails; plain Django agrees each time."""
    acts = ("raises_oddly", "exits_well", "closes", "begins", "enters")
    ran = switchback(hostile(tmp_path / "p", *acts))
    check(ran, acts)
    for entry in ran.report["migrations"]:
        for finding in entry["findings"]:
            assert finding["severity"] == "info" or finding["confirmed"], finding["message"]


@pytest.mark.slow
def test_acts_that_end_the_process(tmp_path: Path) -> None:
    """What takes the process with it is told as that, and what does no harm is not told at all."""
    acts = (*DEADLY, *HARMLESS)
    ran = switchback(hostile(tmp_path / "p", *acts))
    check(ran, acts)
    for label in ("leaves_forth", "kills_itself_back"):
        [finding] = ran.entry(f"{label}.0002_acts")["findings"]
        ended = finding["evidence"]["exception"]["message"]
        assert ended == f"the process ended: {'status 3' if 'leaves' in label else 'signal SIGKILL'}"


@pytest.mark.slow
def test_acts_on_a_server(tmp_path: Path) -> None:
    """What meddles with connections does no more harm on PostgreSQL."""
    acts = ("interrupts", "closes_all", "takes_over", "forks", "leaves")
    ran = switchback(hostile(tmp_path / "p", *acts), databases=["postgresql-18"])
    check(ran, acts)


def test_acts_that_never_end(tmp_path: Path) -> None:
    """A step that runs past --timeout is ended, told with the time, and costs nobody else anything."""
    folder = hostile(tmp_path / "p", "hangs", "asks")
    ran = switchback(folder, "--timeout", "3")
    assert ran.status == 1
    assert ran.verdicts() == {
        **{f"asks_{way}.{name}": "passed" for way in ("back", "forth") for name in NAMES},
        "hangs_forth.0001_initial": "passed",
        "hangs_forth.0002_acts": "failed",
        "hangs_forth.0003_after": "skipped",
        "hangs_back.0001_initial": "passed",
        "hangs_back.0002_acts": "failed",
        "hangs_back.0003_after": "passed",
    }
    for label, direction in (("hangs_forth", "forward"), ("hangs_back", "rollback")):
        entry = ran.entry(f"{label}.0002_acts")
        assert {finding["rule"] for finding in entry["findings"]} == {"timed-out"}
        [told] = {step["direction"] for step in entry["steps"] if step["outcome"] == "timed-out"}
        assert told == direction


NAMES = ("0001_initial", "0002_acts", "0003_after")


def test_what_is_no_target(tmp_path: Path) -> None:
    """A migration that is no target and takes the process with it is told too, and the others go on."""
    ran = switchback(hostile(tmp_path / "p", "leaves", "asks"), "--last", "1")
    assert {name: verdict for name, verdict in ran.verdicts().items() if "0003" in name} == {
        "asks_back.0003_after": "passed",
        "asks_forth.0003_after": "passed",
        "leaves_back.0003_after": "passed",
        "leaves_forth.0003_after": "skipped",
    }
    assert ran.rules("leaves_forth.0002_acts") == {("worker-died", "scratch")}
    assert ran.status == 1


ONLY_WITH_ROWS = """
import os

def counts(apps, editor):
    if apps.get_model("things", "Thing").objects.exists():
        os._exit(4)
"""


def test_what_dies_of_rows_on_the_way(tmp_path: Path) -> None:
    """A migration that is no target and dies of rows alone costs those that need it, and it is told."""
    things = App(
        {
            "0001_initial": migration(creates("Thing")),
            "0002_more": migration(
                adds("thing", "n=models.IntegerField(default=0)"), after=[("things", "0001_initial")]
            ),
            "0003_acts": migration(
                "migrations.RunPython(counts, migrations.RunPython.noop)",
                after=[("things", "0002_more")],
                head=ONLY_WITH_ROWS,
            ),
        },
        models="class Thing(models.Model):\n    n = models.IntegerField(default=0)",
    )
    others = App(
        {
            "0001_initial": migration(creates("Other")),
            "0002_more": migration(
                adds("other", "n=models.IntegerField(default=0)"), after=[("zothers", "0001_initial")]
            ),
        },
        models="class Other(models.Model):\n    n = models.IntegerField(default=0)",
    )
    folder = project(tmp_path / "p", {"things": things, "zothers": others})
    ran = switchback(folder, "--migration", "things.0002_more", "--migration", "zothers.0002_more")
    assert ran.verdicts()["zothers.0002_more"] == "passed"
    assert ran.rules("things.0003_acts") == {("worker-died", "unwind")}
    [told] = (found for found in ran.entry("things.0003_acts")["findings"] if found["severity"] != "info")
    assert told["evidence"]["phases"] == ["scratch", "unwind"]
    assert ran.status == 1
