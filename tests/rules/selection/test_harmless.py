"""Schema differences that harm nobody, and those that look alike and do."""

from __future__ import annotations

import pytest

from django_switchback.evidence import Difference
from django_switchback.rules.selection.harmless import is_harmless, is_unvalidated, is_validated

CHECK, NOT_VALID = "CHECK ((size > 0))", "CHECK ((size > 0)) NOT VALID"


def different(kind: str, attribute: str, before: str | None, after: str | None) -> Difference:
    """Return a difference in one attribute."""
    return Difference(kind, "thing.it", "different", "thing", attribute, before, after)


@pytest.mark.parametrize(
    "difference",
    [
        different("constraint", "definition", NOT_VALID, CHECK),
        different("column", "not null", "not validated", "yes"),
        different("type", "constraints", f"a {NOT_VALID}, b {NOT_VALID}", f"a {CHECK}, b {NOT_VALID}"),
    ],
)
def test_a_constraint_that_is_validated_since_is_stricter(difference: Difference) -> None:
    """It is otherwise the same; the other way round it is a difference."""
    assert is_validated(difference)
    assert is_harmless(difference)
    back = different(difference.kind, difference.attribute or "", difference.after, difference.before)
    assert is_unvalidated(back)


@pytest.mark.parametrize(
    "difference",
    [
        different("constraint", "definition", CHECK, NOT_VALID),
        different("constraint", "definition", NOT_VALID, "CHECK ((size > 1))"),
        different("constraint", "definition", None, CHECK),
        different("column", "not null", None, "yes"),
        different("column", "default", "' NOT VALID'", "''"),
        Difference("constraint", "thing.it", "missing", "thing"),
    ],
)
def test_what_looks_alike_is_a_difference(difference: Difference) -> None:
    """What becomes looser, other or new is not harmless."""
    assert not is_harmless(difference)
