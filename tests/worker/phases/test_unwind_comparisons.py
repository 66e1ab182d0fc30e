"""What is left out of the comparison after re-applying targets from the bottom of an unwind."""

from __future__ import annotations

import pytest

from django_switchback.evidence import Difference
from django_switchback.worker.compare.snapshots import EMPTY_SNAPSHOT
from django_switchback.worker.phases.log_evidence.unwind_comparisons import is_position_of_new_sequence
from django_switchback.worker.snapshot.interface import CatalogueObject


@pytest.mark.parametrize(
    ("attribute", "there", "left_out"),
    [("position", False, True), ("position", True, False), ("increment", False, False)],
)
def test_the_position_of_a_sequence_that_was_created_again(
    attribute: str, there: bool, left_out: bool
) -> None:
    """Rows that had moved it are gone with its table; one that was there all the time is compared."""
    schema = {("sequence", "t_id_seq"): CatalogueObject("t", {})} if there else {}
    difference = Difference("sequence", "t_id_seq", "different", "t", attribute, "ok", "behind")
    assert is_position_of_new_sequence(difference, EMPTY_SNAPSHOT._replace(schema=schema)) == left_out
