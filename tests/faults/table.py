"""The campaign as a table: printed at the end of a run, and written into ``docs/reliability.md``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from .case import Case, Seen
from .running import signal_name


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One fault and what became of it; ``broken`` is empty where all was as expected."""

    group: str
    fault: str
    expected: str
    seen: str
    left: str
    seconds: float
    broken: tuple[str, ...] = ()

    @classmethod
    def of(cls, group: str, case: Case, seen: Seen, broken: Sequence[str]) -> Line:
        """Return the line of a case that was run."""
        words = [f"status {' or '.join(map(signal_name, case.status))}"]
        words += [expect.words for expect in case.expects if expect.words]
        return cls(
            group=group,
            fault=case.name,
            expected="; ".join(words),
            seen=_said(seen),
            left="; ".join(seen.left) or "nothing",
            seconds=seen.seconds,
            broken=tuple(broken),
        )

    def encoded(self) -> str:
        """Return the line as text that passes between processes."""
        return msgspec.json.encode(self).decode()


def decoded(text: str) -> Line:
    """Return the line that :meth:`Line.encoded` wrote."""
    return msgspec.json.decode(text, type=Line)


def _said(seen: Seen) -> str:
    said = f"status {signal_name(seen.status)}"
    if not seen.report:
        return f"{said}, no report"
    verdicts = [entry["verdict"] for entry in seen.report["migrations"]]
    counts = ", ".join(f"{verdicts.count(verdict)} {verdict}" for verdict in dict.fromkeys(verdicts))
    return f"{said}, {seen.report['verdict']}: {counts or 'no migration'}"


def printed(lines: Iterable[Line]) -> list[str]:
    """Return the table for a terminal, what broke a promise under its line, and the counts."""
    lines = list(lines)
    rows = [("fault", "expected", "seen", "leftovers", "seconds")]
    rows += [
        (f"{item.group}: {item.fault}", item.expected, item.seen, item.left, f"{item.seconds:.1f}")
        for item in lines
    ]
    widths = [min(60, max(len(row[place]) for row in rows)) for place in range(5)]
    output = []
    for row, line in zip(rows, [None, *lines], strict=True):
        output.append("  ".join(_fit(text, width) for text, width in zip(row, widths, strict=True)).rstrip())
        output += [f"    NOT AS EXPECTED: {text}" for text in (line.broken if line else ())]
    return [*output, "", *(f"{name}: {told}" for name, told in counts(lines))]


def _fit(text: str, width: int) -> str:
    return f"{text[: width - 1]}…" if len(text) > width else text.ljust(width)


def counts(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Return, for each group and all of them, how many faults there were and how many went as expected."""
    groups = dict.fromkeys(line.group for line in lines)
    counted = [(group, [line for line in lines if line.group == group]) for group in groups]
    return [
        (name, f"{sum(not member.broken for member in members)} of {len(members)} as expected")
        for name, members in (*counted, ("all", list(lines)))
    ]


START, END = "<!-- campaign:start -->", "<!-- campaign:end -->"


def rewritten(page: str, lines: Sequence[Line]) -> str:
    """Return a page with the campaign's tables between its two markers."""
    before, found, rest = page.partition(START)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"expected the markers {START} and {END}")
    return f"{before}{START}\n{_markdown(lines)}\n{END}{after}"


def _markdown(lines: Sequence[Line]) -> str:
    text = ["| group | faults | as expected | left something | median seconds |", "|---|---|---|---|---|"]
    groups = dict.fromkeys(line.group for line in lines)
    for name, members in [
        *((group, [line for line in lines if line.group == group]) for group in groups),
        ("all", list(lines)),
    ]:
        fine = sum(not member.broken for member in members)
        left = sum(member.left != "nothing" for member in members)
        median = sorted(member.seconds for member in members)[len(members) // 2]
        text.append(f"| {name} | {len(members)} | {fine} | {left} | {median:.1f} |")
    for group in groups:
        text += ["", f"### {group}", "", "| fault | expected | seen | left |", "|---|---|---|---|"]
        text += [
            f"| {_cell(line.fault)} | {_cell(line.expected)} | {_cell(line.seen)}"
            f"{' **(not as expected)**' if line.broken else ''} | {_cell(line.left)} |"
            for line in lines
            if line.group == group
        ]
    return "\n".join(text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
