"""Build HTML elements from text that is escaped when it is serialised, never before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TypeAlias
from xml.etree import ElementTree as Xml

from django_switchback.report.answers import SEVERITY_NAMES, answer_lines, reproduction
from django_switchback.report.evidence_tables import (
    MAX_WRAPPED_CHARACTERS,
    EvidenceTable,
    migrations_to_write,
    minimal_test,
    other_phases,
    tabulate,
)
from django_switchback.report.grouped_findings import GroupedFinding
from django_switchback.untrusted_text import single_line

Content: TypeAlias = "str | Xml.Element | None"

LONG_CHARACTERS = 24
"""Characters of a cell that stay together where words allow it."""


def element(tag: str, *contents: Content, **attributes: str) -> Xml.Element:
    """Return an element; ``class_`` stands for ``class``, an underscore in a name for a hyphen.

    Text is put on one line, with invisible characters escaped; ``None`` is left out.
    """
    names = {name.rstrip("_").replace("_", "-"): single_line(value) for name, value in attributes.items()}
    made = Xml.Element(tag, names)
    for content in contents:
        if isinstance(content, Xml.Element):
            made.append(content)
        elif content is not None:
            _append_text(made, single_line(content))
    return made


def _append_text(parent: Xml.Element, text: str) -> None:
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text


def breakable_name(name: str) -> Iterator[Content]:
    """Yield ``name`` with places after underscores where a line may break."""
    first, *others = re.split(r"(?<=_)(?=[^_])", name)
    yield first
    for other in others:
        yield from (element("wbr"), other)


def code_block(lines: Iterable[str]) -> Xml.Element:
    """Return lines to copy."""
    code = element("code")
    code.text = "\n".join(map(single_line, lines))
    return element("pre", code, tabindex="0")


def badge(word: str, kind: str) -> Xml.Element:
    """Return a verdict or severity as a coloured word."""
    return element("span", word, class_=f"badge {kind}")


def finding_element(shared: GroupedFinding) -> Xml.Element:
    """Return a finding with its rows, fix and commands; what is acknowledged with its reason."""
    finding = shared.finding
    section = element("section", class_=f"finding {finding.severity}")
    section.append(
        element(
            "h3",
            badge(SEVERITY_NAMES[finding.severity].capitalize(), finding.severity),
            " ",
            shared.rules,
            " ",
            element("small", ", ".join(shared.databases)),
        )
    )
    section.append(element("p", finding.message))
    section.extend(element("p", line, class_="acknowledged") for line in answer_lines(shared))
    if finding.confirmed:
        section.append(element("p", "Plain migrate does the same.", class_="confirmed"))
    section.extend(element("p", told) for told in other_phases(finding))
    section.extend(map(_table, tabulate(finding, MAX_WRAPPED_CHARACTERS)))
    section.append(element("p", element("strong", "Fix: "), finding.fix))
    section.extend(commands_elements(reproduction(finding)))
    if shared.settings_lines:
        summary = element("summary", "To acknowledge it, in [tool.switchback.acknowledge]")
        section.append(element("details", summary, code_block(shared.settings_lines)))
    migrations = migrations_to_write(finding)
    if migrations is not None:
        summary = element("summary", "The migrations to write instead")
        section.append(element("details", summary, code_block(migrations.splitlines())))
    test = minimal_test(finding)
    if test is not None:
        summary = element("summary", "A test that fails until it is corrected")
        section.append(element("details", summary, code_block(test.splitlines())))
    return section


def commands_elements(lines: tuple[str, ...]) -> Iterator[Xml.Element]:
    """Yield a label and the commands below it, to copy; nothing without any."""
    if lines:
        yield from (element("p", lines[0]), code_block(lines[1:]))


def _cell(text: str) -> Xml.Element:
    """Return a cell; one with a long text may break it anywhere, so that the columns beside it are seen."""
    return element("td", text, class_="long") if len(text) > LONG_CHARACTERS else element("td", text)


def _table(table: EvidenceTable) -> Xml.Element:
    caption = element("caption", table.caption) if table.caption else None
    head = element("tr", *(element("th", heading, scope="col") for heading in table.headings))
    lines = [line for line in table.lines if any(line)]
    body = element("tbody", *(element("tr", *map(_cell, line)) for line in lines))
    made = element("table", caption, element("thead", head) if lines else None, body)
    more = element("p", f"and {table.omitted} more, in the JSON report") if table.omitted else None
    return element("div", made, more, class_="table", tabindex="0", role="group", aria_label="Evidence")
