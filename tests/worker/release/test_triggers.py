"""Tables whose triggers a migration concerns, from the catalogue before and after it."""

from __future__ import annotations

import pytest

from django_switchback.worker.release.triggers import tables_with_concerned_triggers
from django_switchback.worker.snapshot.interface import CatalogueObject, Schema


def schema(body: str, function: str = "f") -> Schema:
    """Return a table with a trigger that runs ``function``, beside a function ``f``."""
    definition = f"CREATE TRIGGER a AFTER INSERT ON note FOR EACH ROW EXECUTE FUNCTION {function}()"
    return {
        ("function", "f()"): CatalogueObject(None, {"definition": body}),
        ("trigger", "note.a"): CatalogueObject("note", {"definition": definition}),
    }


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        (schema("UPDATE tally"), schema("UPDATE tally"), {"note"}),
        (schema("BEGIN END"), schema("BEGIN NULL; END"), {"note"}),
        (schema("UPDATE tally_old"), schema("UPDATE tally_old"), set()),
        (schema("UPDATE tally", "other"), schema("UPDATE tally", "other"), set()),
    ],
)
def test_triggers_of_changed_functions_and_tables(before: Schema, after: Schema, found: set[str]) -> None:
    """A trigger counts if its function changed, or names a changed table."""
    assert tables_with_concerned_triggers(before, after, ("tally",)) == found
