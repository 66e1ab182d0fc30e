"""Tells schema differences that harm nobody, which are notes, from the others."""

from __future__ import annotations

from django_switchback.evidence import Compared, Comparison, Difference
from django_switchback.rules.wording import count_rows, describe_difference, enumerate_items

_NOT_VALID = " NOT VALID"


def is_harmless(difference: Difference) -> bool:
    """Return whether it is another name, another word for a type, or a constraint that is validated now."""
    return difference.change == "renamed" or difference.same_storage or is_validated(difference)


def is_harmless_again(difference: Difference, comparison: Compared) -> bool:
    """Return whether ``difference`` is harmless after a migration was applied again.

    In the unwind, a later migration may have validated what stood before, and left it so when it was rolled
    back: applied again, the constraint is not validated yet.
    """
    return is_harmless(difference) or (comparison.phase == "unwind" and is_unvalidated(difference))


def is_validated(difference: Difference) -> bool:
    """Return whether a ``NOT VALID`` constraint became valid, which is stricter and otherwise the same."""
    return _becomes_valid(difference, difference.before, difference.after)


def is_unvalidated(difference: Difference) -> bool:
    """Return whether a valid constraint became ``NOT VALID`` and is otherwise the same."""
    return _becomes_valid(difference, difference.after, difference.before)


def _becomes_valid(difference: Difference, before: str | None, after: str | None) -> bool:
    if difference.change != "different" or not before or not after:
        return False
    if (difference.kind, difference.attribute) == ("column", "not null"):
        return (before, after) == ("not validated", "yes")
    if (difference.kind, difference.attribute) not in {("constraint", "definition"), ("type", "constraints")}:
        return False
    return _NOT_VALID in before and before.replace(_NOT_VALID, "") == after.replace(_NOT_VALID, "")


def harmless_advice(differences: tuple[Difference, ...]) -> str:
    """Return why nothing has to be corrected about harmless ``differences``."""
    reasons = [
        reason
        for reason, applies in (
            ("a validated constraint is stricter, and otherwise the same", _about_validation),
            ("SQLite stores both types alike", lambda found: found.same_storage),
            ("only a name differs", lambda found: found.change == "renamed"),
        )
        if any(map(applies, differences))
    ]
    return f"Nothing to correct: {' and '.join(reasons)}."


def _about_validation(difference: Difference) -> bool:
    return is_validated(difference) or is_unvalidated(difference)


def describe_left(comparison: Comparison) -> str:
    """Return a phrase on the differences that are not harmless, with the rows lost, changed and added."""
    parts = [describe_difference(found) for found in comparison.schema if not is_harmless(found)]
    for change in ("lost", "changed", "added"):
        counted = count_rows(comparison.rows, change)
        parts += [f"{change}: {counted}"] if counted else []
    return enumerate_items(parts)
