"""The messages of ``manage.py check``, which come in any order, and what they keep ``migrate`` from."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest

from django_switchback.evidence import SystemChecked
from django_switchback.rules.interface import without_interpreter
from django_switchback.verdict import run_verdict
from rules.builders import DATABASE, RAISED, classified, confirmed, log, sound, step, stopping

MESSAGES = tuple(
    SystemChecked(DATABASE, id_, 30, message, "", deploy=True)
    for id_, message in (("security.W004", "No HSTS."), ("security.W009", "Short."), ("", "No id."))
)


def test_any_order_is_one_finding() -> None:
    """The same messages make the same finding, so that several databases are told of together."""
    told = {
        run_verdict.judge(log(*sound(), *order)).databases[0].findings[0].message
        for order in permutations(MESSAGES)
    }
    assert told == {
        "manage.py check --deploy: 3 messages (a check without an id, security.W004 and security.W009)."
    }


@pytest.mark.parametrize("program", ["manage.py", "-m shop"])
def test_the_command_is_named_as_it_is_typed(program: str) -> None:
    """Sentences leave out the interpreter of ``manage.py``; a package is run by nothing without it."""
    assert without_interpreter(f"python {program} check") == (
        "manage.py check" if program == "manage.py" else "python -m shop check"
    )


TRACEBACK = """loaded
Traceback (most recent call last):
  File "settings.py", line 44, in <module>
    DSN = os.environ["DSN"]
KeyError: 'DSN'
told at exit
"""


@pytest.mark.parametrize(
    ("status", "output", "expected"),
    [
        (0, "", "does not fail there"),
        (2, "Traceback", "fails there with another error (exit status 2): seen only in the rehearsal"),
        (1, TRACEBACK, "fails there with another error (KeyError: 'DSN'): seen only in the rehearsal"),
        (-1, "timed out", "does not end there in time"),
    ],
)
def test_what_plain_migrate_does_instead(status: int, output: str, expected: str) -> None:
    """A finding says what plain ``migrate`` did in place of the failure."""
    unlike = msgspec.structs.replace(confirmed(reproduced=False), status=status, output=output)
    found = (
        run_verdict.judge(stopping(step(failure=RAISED), classified("none"), unlike)).migrations[0].findings
    )
    (failing,) = (finding for finding in found if finding.rule == "rollback-fails")
    assert f"Plain manage.py migrate {expected}" in failing.message
    assert failing.severity == "warning"
