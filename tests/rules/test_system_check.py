"""The messages of ``manage.py check``, which come in any order."""

from __future__ import annotations

from itertools import permutations

from django_switchback.evidence import SystemChecked
from django_switchback.verdict import run_verdict
from rules.builders import DATABASE, log, sound

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
