"""Builds what the HTML report shows of a migration on one database: the reason and the steps."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from django_switchback.evidence import StepFinished
from django_switchback.report.empty_tables import empty_table_lines
from django_switchback.report.formats.html_elements import badge, element
from django_switchback.report.phrases import format_seconds
from django_switchback.verdict.interface import MigrationReport


def entry_element(entry: MigrationReport) -> Xml.Element:
    """Return what one database says of a migration: its steps as a time line and its empty tables."""
    longest = max((step.seconds for step in entry.steps), default=0.0)
    return element(
        "section",
        element("h3", badge(entry.verdict, entry.verdict), " ", entry.database),
        element("p", entry.reason, class_="reason") if entry.reason else None,
        element("ol", *(_step(step, longest) for step in entry.steps), class_="steps")
        if entry.steps
        else None,
        *(element("p", line) for line in empty_table_lines((entry,))),
        class_="entry",
    )


def _step(step: StepFinished, longest: float) -> Xml.Element:
    phase = "" if step.phase == "cycle" else f"{step.phase} "
    rows = ", without edge rows" if step.without_edge else ""
    share = step.seconds / longest if longest else 0.0
    return element(
        "li",
        element("span", f"{phase}{step.direction}{rows}"),
        element("meter", value=f"{share:.2f}", aria_label=f"share of the longest step: {share:.0%}"),
        element("span", f"{format_seconds(step.seconds)} {step.outcome}", class_=step.outcome),
    )
