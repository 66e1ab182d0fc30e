"""Tables of evidence: how much of a cell is shown."""

from __future__ import annotations

from rules.builders import DATABASE

from django_switchback.evidence import SystemChecked
from django_switchback.report.evidence_tables import MAX_WRAPPED_CHARACTERS, tabulate
from django_switchback.rules.interface import Finding

MESSAGE = "You do not have a middleware that this site needs in its settings, which is a long sentence."


def test_cells_are_cut_in_text_and_wrapped_on_a_page() -> None:
    """A sentence of a check is whole in HTML, and 48 characters of it elsewhere."""
    checked = SystemChecked(database=DATABASE, id="x.W1", level=30, message=MESSAGE, hint="", deploy=True)
    finding = Finding("system-check", "warning", "m", "scratch", fix="f", exhibits=(checked, checked))
    [text], [page] = tabulate(finding), tabulate(finding, MAX_WRAPPED_CHARACTERS)
    assert MESSAGE in page.lines[0]
    assert f"{MESSAGE[:47]}…" in text.lines[0]
