"""The JUnit report: a whole block, and text that XML can hold."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as Xml

from rules.builders import DATABASE, log, sound

from django_switchback.evidence import DatabaseBroken
from django_switchback.report.formats.junit import render
from django_switchback.verdict.run_verdict import judge
from report.reports import hostile, mixed

MIXED = Path(__file__).parent / "expected" / "mixed.xml"


def test_the_whole_report() -> None:
    """A suite a database, a case a migration; notes and what is acknowledged are no failures."""
    assert render(mixed()) == MIXED.read_text(encoding="utf-8")


def test_hostile_text_makes_no_broken_xml() -> None:
    """Whatever the project's texts hold, the file can be parsed."""
    assert Xml.fromstring(render(hostile())).get("failures") == "2"


def test_a_run_that_broke_off_is_an_error() -> None:
    """What was not finished cannot be taken for a pass."""
    broken = judge(log(*sound(), DatabaseBroken(DATABASE, "server died")))
    assert Xml.fromstring(render(broken)).get("errors") == "1"
