"""Faults: the program, its workers and their server are told to stop or killed, in each phase."""

from __future__ import annotations

from signal import SIGHUP, SIGINT, SIGKILL, SIGQUIT, SIGTERM
from typing import Any

from . import strikes
from .case import Case, Expectation, Strike
from .expectations import STOPPED, rule, run_is, says, verdict
from .projects import acting, slow, sound

_PHASES = {
    "from nothing": ("scratch", "forward"),
    "on the way forward": ("cycle", "forward"),
    "while rolling back": ("cycle", "rollback"),
    "while re-applying": ("cycle", "reapply"),
    "in the unwind": ("unwind", "rollback"),
    "on the way back to head": ("unwind", "reapply"),
}
_SLOWLY = {"PAUSE": "1.2"}
_ONE = ("--jobs", "1")
_LOADS = """
import os, time
with open(os.environ["FLAG"], "a") as flag:
    flag.write("loading ")
while not os.path.exists(os.environ["STRUCK"]) and os.environ.get("PAUSE"):
    time.sleep(0.02)
"""


def _stopped(name: str, strike: Strike, status: int, **more: Any) -> Case:
    values: dict[str, Any] = {"project": slow(), "variables": _SLOWLY, "words": _ONE, **more}
    return Case(name=name, strike=strike, status=(status,), expects=STOPPED, **values)


_neighbour = verdict("others.0002_number", "passed")

CONTROLS = tuple(
    Case(
        name=f"no fault at all, {database}",
        project=slow(),
        variables=_SLOWLY,
        words=_ONE,
        databases=(database,),
        expects=(verdict("things", "passed"), verdict("others", "passed")),
    )
    for database in ("sqlite", "postgresql-15", "postgresql-18")
)
"""What the faults below befall is sound."""

STOPS = (
    *(
        _stopped(f"SIGINT to the coordinator {said}", Strike(strikes.step(*phase), strikes.told(SIGINT)), 130)
        for said, phase in _PHASES.items()
    ),
    *(
        _stopped(
            f"SIGTERM to the coordinator {said}, PostgreSQL",
            Strike(strikes.step(*phase), strikes.told(SIGTERM)),
            143,
            databases=("postgresql-15",),
        )
        for said, phase in _PHASES.items()
        if phase[0] != "scratch"
    ),
    _stopped(
        "SIGINT while the server starts",
        Strike(strikes.server_starts, strikes.told(SIGINT)),
        130,
        databases=("postgresql-18",),
    ),
    _stopped(
        "SIGINT while the project is loaded",
        Strike(strikes.flagged("loading"), strikes.told(SIGINT)),
        130,
        project=slow(settings=_LOADS),
    ),
    _stopped("SIGHUP in a cycle", Strike(strikes.step("cycle", "rollback"), strikes.told(SIGHUP)), 129),
    _stopped(
        "Ctrl-C in a terminal (the whole group)",
        Strike(strikes.step("cycle", "rollback"), strikes.told_group(SIGINT)),
        130,
    ),
    _stopped("SIGINT twice", Strike(strikes.step("unwind", "rollback"), strikes.told_twice(SIGINT)), 130),
    _stopped(
        "SIGINT while workers are frozen",
        Strike(strikes.step("cycle", "rollback"), strikes.both(strikes.freeze_workers, strikes.told(SIGINT))),
        130,
    ),
    Case(
        name="SIGINT while the run closes",
        project=sound(),
        words=_ONE,
        databases=("{url}",),
        server="postgresql-15",
        strike=Strike(strikes.parts_finished(2), strikes.told(SIGINT)),
        # It was over by then, or it was not.
        status=(130, 0),
    ),
    *(
        _stopped(
            f"SIGINT while sandbox {number} is being made, server by URL",
            Strike(strikes.sandbox_is_made(number), strikes.told(SIGINT)),
            130,
            databases=("{url}",),
            server="postgresql-15",
        )
        for number in (1, 2, 3)
    ),
    _stopped(
        "SIGTERM in a cycle, server by URL",
        Strike(strikes.step("cycle", "forward"), strikes.told(SIGTERM)),
        143,
        databases=("{url}",),
        server="postgresql-18",
    ),
    Case(
        name="--time-limit is reached",
        project=slow(),
        variables={"PAUSE": "6"},
        words=(*_ONE, "--time-limit", "8"),
        status=(3,),
        expects=(run_is("error"), verdict("things", "error", "passed", "skipped")),
    ),
)

COORDINATOR = tuple(
    Case(
        name=f"SIGKILL of the coordinator {said}",
        project=slow(),
        variables=_SLOWLY,
        words=_ONE,
        databases=databases,
        server=server,
        strike=Strike(when, strikes.told(SIGKILL)),
        status=(-SIGKILL,),
        sweeps=True,
    )
    for said, when, databases, server in (
        ("while the server starts", strikes.server_starts, ("postgresql-15",), ""),
        ("from nothing", strikes.step("scratch", "forward"), ("sqlite",), ""),
        ("while rolling back, PostgreSQL", strikes.step("cycle", "rollback"), ("postgresql-18",), ""),
        ("in the unwind, server by URL", strikes.step("unwind", "rollback"), ("{url}",), "postgresql-15"),
        ("while a sandbox is made", strikes.sandbox_is_made(2), ("{url}",), "postgresql-15"),
    )
)

_killed = (
    verdict("things.0002_slow", "failed", "error", "skipped"),
    _neighbour,
)

WORKERS = (
    *(
        Case(
            name=f"SIGKILL of the workers {said}",
            project=slow(),
            variables=_SLOWLY,
            words=_ONE,
            strike=Strike(strikes.step(*phase), strikes.kill_workers),
            status=(1, 3),
            expects=_killed,
        )
        for said, phase in _PHASES.items()
    ),
    *(
        Case(
            name=f"SIGKILL of the innermost worker {said}, PostgreSQL",
            project=slow(),
            variables=_SLOWLY,
            words=_ONE,
            databases=("postgresql-15",),
            strike=Strike(strikes.step(*phase), strikes.kill_leaf),
            status=(1, 3),
            expects=_killed,
        )
        for said, phase in _PHASES.items()
        if phase[1] == "rollback"
    ),
    Case(
        name="SIGKILL of the workers while the project is loaded",
        project=slow(settings=_LOADS),
        variables=_SLOWLY,
        words=_ONE,
        strike=Strike(strikes.flagged("loading"), strikes.kill_workers),
        status=(3,),
        expects=(run_is("error"),),
    ),
    Case(
        name="a worker is frozen and the step has a limit",
        project=slow(),
        variables=_SLOWLY,
        words=(*_ONE, "--timeout", "6"),
        strike=Strike(strikes.step("cycle", "rollback"), strikes.freeze_workers),
        status=(1, 3),
        expects=(
            verdict("things.0002_slow", "failed", "error", "skipped"),
            rule("things.0002_slow", "timed-out"),
            _neighbour,
        ),
    ),
    Case(
        name="SIGKILL of the workers while plain Django confirms",
        project=acting(
            back=(
                "if sys.argv[1:2] == ['migrate']:\n"
                "    open(os.environ['FLAG'], 'a').write('plain ')\n"
                "    time.sleep(1.5)\n"
                "raise RuntimeError('on purpose')"
            )
        ),
        words=_ONE,
        strike=Strike(strikes.flagged("plain"), strikes.kill_workers),
        status=(1, 3),
        expects=(verdict("things.0002_acts", "failed", "error", "skipped"), _neighbour),
    ),
    Case(
        name="SIGKILL of the workers while minimal rows are looked for",
        project=acting(
            back=(
                "time.sleep(0.3)\n"
                "if apps.get_model('things', 'Thing').objects.exists():\n"
                "    raise RuntimeError('on purpose')"
            )
        ),
        words=_ONE,
        strike=Strike(strikes.minimising, strikes.kill_workers),
        status=(1, 3),
        expects=(verdict("things.0002_acts", "failed", "error", "skipped"), _neighbour),
    ),
)

_REPEATED = (verdict("things.0002_slow", "passed"), _neighbour, says("connection lost, repeated at the end"))
"""What was lost is tried again, alone, and nobody disturbs it then."""

BACKENDS = tuple(
    Case(
        name=f"a backend of PostgreSQL {version} is ended {said}",
        project=slow(),
        variables=_SLOWLY,
        words=_ONE,
        databases=(f"postgresql-{version}",),
        strike=Strike(strikes.step(*phase), strikes.end_backends()),
        expects=_REPEATED,
    )
    for (said, phase), version in zip(_PHASES.items(), (15, 18, 15, 18, 15, 18), strict=True)
)

_LOST: tuple[Expectation, ...] = (
    run_is("error"),
    verdict("others", "passed", database="sqlite"),
    verdict("things.0002_slow", "error", database="postgresql"),
)

SERVERS = (
    *(
        Case(
            name=f"the server {how} {said}",
            project=slow(),
            variables=_SLOWLY,
            words=_ONE,
            databases=("sqlite", database),
            server="postgresql-15" if database == "{url}" else "",
            strike=Strike(strikes.on("postgresql", strikes.step(*phase)), what),
            status=(3,),
            expects=_LOST,
            # A server that is gone can drop nothing.
            stays="database switchback_" if database == "{url}" else "",
        )
        for how, what, said, phase, database in (
            (
                "is killed",
                strikes.stop_server(SIGKILL),
                "from nothing",
                ("scratch", "forward"),
                "postgresql-15",
            ),
            ("is killed", strikes.stop_server(SIGKILL), "in a cycle", ("cycle", "rollback"), "postgresql-18"),
            (
                "is killed",
                strikes.stop_server(SIGKILL),
                "in the unwind",
                ("unwind", "rollback"),
                "postgresql-15",
            ),
            (
                "quits at once",
                strikes.stop_server(SIGQUIT),
                "in a cycle",
                ("cycle", "forward"),
                "postgresql-15",
            ),
            (
                "shuts down",
                strikes.stop_server(SIGINT),
                "in the unwind",
                ("unwind", "reapply"),
                "postgresql-15",
            ),
        )
    ),
    Case(
        name="a backend crashes and the server recovers, server by URL",
        project=slow(),
        variables=_SLOWLY,
        words=_ONE,
        databases=("sqlite", "{url}"),
        server="postgresql-15",
        strike=Strike(strikes.on("postgresql", strikes.step("cycle", "rollback")), strikes.crash_server),
        expects=_REPEATED,
    ),
    Case(
        name="all backends of the run are ended, server by URL",
        project=slow(),
        variables=_SLOWLY,
        words=_ONE,
        databases=("{url}",),
        server="postgresql-15",
        strike=Strike(strikes.step("cycle", "reapply"), strikes.end_backends()),
        expects=_REPEATED,
    ),
    Case(
        name="an administrator drops every sandbox in the middle, server by URL",
        project=slow(),
        variables=_SLOWLY,
        words=_ONE,
        databases=("{url}",),
        server="postgresql-15",
        strike=Strike(strikes.step("cycle", "rollback"), strikes.drop_sandboxes),
        expects=_REPEATED,
    ),
)

CASES = (*CONTROLS, *STOPS, *COORDINATOR, *WORKERS, *BACKENDS, *SERVERS)
