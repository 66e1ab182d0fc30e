"""The Markdown report: a whole block, hostile text, and a length that a comment can hold."""

from __future__ import annotations

from pathlib import Path

import msgspec
from rules.builders import DATABASE, TARGET

from django_switchback.evidence import MinimalRowsFound
from django_switchback.report.formats.markdown import MAX_CHARACTERS, code_block, escape, render
from report.reports import hostile, mixed

MIXED = Path(__file__).parent / "expected" / "mixed.md"


def test_the_whole_report() -> None:
    """Counts, findings with rows and commands, acknowledged, skipped, then every migration."""
    assert render(mixed()) == MIXED.read_text(encoding="utf-8")


def test_hostile_text_has_no_power() -> None:
    """No HTML, table cell, mention, control character or workflow command of the project gets through."""
    lines = render(hostile()).splitlines()
    texts = [line for line in lines if not line.startswith(("python ", "switchback "))]
    assert not any("<b>" in line or "@team" in line for line in texts)
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert "\x1b" not in "".join(lines)


def test_a_cell_cannot_be_ended() -> None:
    """What ends a cell, a code span or a tag is shown as it is."""
    assert escape("a|b`c`<i>&@me\n- x") == r"a\|b\`c\`&lt;i&gt;&amp;@&#8203;me\\n- x"
    assert escape("- x") == r"\- x"
    assert escape("12. x") == r"12\. x"


def test_a_fence_is_longer_than_what_it_holds() -> None:
    """Backticks in a command cannot end the block of code."""
    assert code_block(("echo ````",))[0] == "`````sh"


def test_a_long_report_is_cut_and_says_so() -> None:
    """What a comment cannot hold is counted and left to the JSON report."""
    report = mixed()
    entry = report.migrations[0]
    finding = msgspec.structs.replace(entry.findings[0], message="x" * 1000)
    many = tuple(msgspec.structs.replace(finding, rule=f"rule-{number}") for number in range(100))
    longer = msgspec.structs.replace(entry, findings=many)
    text = render(msgspec.structs.replace(report, migrations=(longer, *report.migrations[1:])))
    assert len(text) < MAX_CHARACTERS
    assert "more findings are in the JSON report." in text
    assert "All migrations" in text


def test_code_is_left_out_before_findings() -> None:
    """A test of many lines for one finding takes no room from the next one's message."""
    report = mixed()
    entry = report.migrations[0]
    minimal = MinimalRowsFound(
        database=DATABASE,
        migration=TARGET,
        phase="cycle",
        direction="rollback",
        about="step",
        on_board=99,
        rows=(),
        test="row()\n" * 5000,
        trials=3,
        seconds=1.0,
        complete=True,
    )
    finding = msgspec.structs.replace(entry.findings[0], exhibits=(minimal,))
    many = tuple(msgspec.structs.replace(finding, rule=f"rule-{number}") for number in range(9))
    longer = msgspec.structs.replace(entry, findings=many)
    text = render(msgspec.structs.replace(report, migrations=(longer, *report.migrations[1:])))
    assert len(text) < MAX_CHARACTERS
    assert text.count("**error** `rule-") == 9
    assert text.count("A test that reproduces it") == 1
    assert "The tests or migrations to write of 8 findings are in the HTML report." in text
