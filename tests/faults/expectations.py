"""What has to be seen, each in words for the table and as a check of what was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from integration.servers import IN_URL, PASSWORD

from .case import SECRET_KEY, Case, Expectation, Seen
from .running import signal_name

SECRETS = (PASSWORD, IN_URL, SECRET_KEY, quote(SECRET_KEY))
_AT_ONCE = 4.0
"""Seconds within which a run that is told to stop has to be over: two are promised, on an idle machine."""


def verdict(migration: str, *verdicts: str, database: str = "") -> Expectation:
    """Promise one of ``verdicts`` for every entry of ``migration`` (a prefix will do), and at least one."""

    def broken(seen: Seen) -> str:
        found = {entry["verdict"] for entry in seen.entries(migration, database)}
        return "" if found and found <= set(verdicts) else f"{migration} is {sorted(found) or 'not there'}"

    where = f" on {database}" if database else ""
    return Expectation(f"{migration} {' or '.join(verdicts)}{where}", broken)


def rule(migration: str, *rules: str) -> Expectation:
    """Promise one of ``rules`` among the findings of ``migration``, or of anything where that is empty."""

    def broken(seen: Seen) -> str:
        holders = seen.entries(migration) if migration else [{"findings": seen.findings()}]
        found = {finding["rule"] for holder in holders for finding in holder["findings"]}
        return "" if found & set(rules) else f"findings: {', '.join(sorted(found)) or 'none'}"

    return Expectation(" or ".join(rules), broken)


def no_rule(*rules: str) -> Expectation:
    """Promise that none of ``rules`` is reported."""

    def broken(seen: Seen) -> str:
        found = {finding["rule"] for finding in seen.findings()} & set(rules)
        return f"findings: {', '.join(sorted(found))}" if found else ""

    return Expectation(f"no {' or '.join(rules)}", broken)


def reason(migration: str, pattern: str) -> Expectation:
    """Promise that the reason of ``migration`` matches ``pattern``."""

    def broken(seen: Seen) -> str:
        reasons = [str(entry["reason"]) for entry in seen.entries(migration)]
        return "" if any(re.search(pattern, text) for text in reasons) else f"reasons: {reasons}"

    return Expectation(f"reason: {pattern}", broken)


def run_is(*verdicts: str) -> Expectation:
    """Promise the verdict of the whole report."""

    def broken(seen: Seen) -> str:
        found = seen.report.get("verdict")
        return "" if found in verdicts else f"the report says {found}" if seen.report else "no report"

    return Expectation(f"report: {' or '.join(verdicts)}", broken)


def says(*patterns: str) -> Expectation:
    """Promise that standard error or output matches each of ``patterns``."""

    def broken(seen: Seen) -> str:
        missing = [pattern for pattern in patterns if not re.search(pattern, f"{seen.err}\n{seen.out}")]
        return f"not said: {missing}; said: {seen.err.strip()[-300:]!r}" if missing else ""

    return Expectation(f"says {', '.join(patterns)}", broken)


def one_line() -> Expectation:
    """Promise that standard error ends with one clear line of the program's."""

    def broken(seen: Seen) -> str:
        lines = [line for line in seen.err.splitlines() if line.startswith("switchback: ")]
        return "" if len(lines) == 1 else f"{len(lines)} lines: {seen.err.strip()[-300:]!r}"

    return Expectation("one clear line", broken)


def silent() -> Expectation:
    """Promise nothing but the exit status."""
    return Expectation("", lambda seen: "")


def in_files(*patterns: str) -> Expectation:
    """Promise that the JSON report holds each of ``patterns``."""

    def broken(seen: Seen) -> str:
        text = str(seen.report)
        missing = [pattern for pattern in patterns if not re.search(pattern, text)]
        return f"not in the report: {missing}" if missing else ""

    return Expectation(f"reported: {', '.join(patterns)}", broken)


STOPPED = (
    Expectation(
        "stopped at once",
        lambda seen: "" if seen.after_strike < _AT_ONCE else f"it took {seen.after_strike:.1f} s",
    ),
    run_is("error"),
    Expectation(
        "every report",
        lambda seen: ", ".join(
            f"no {name}" for name in ("report.json", "report.xml", "report.md") if name not in seen.files
        ),
    ),
    Expectation(
        "the last line names the log",
        lambda seen: (
            ""
            if any(
                str(seen.place.log.name) in line and "report" in line for line in seen.err.splitlines()[-2:]
            )
            else f"last: {seen.err.splitlines()[-1:]}"
        ),
    ),
)
"""What is promised of a run that is told to stop."""


def broken_promises(case: Case, seen: Seen) -> Iterator[str]:
    """Yield a sentence for each promise that was not kept: the case's own, and those that hold always."""
    if seen.status not in case.status:
        yield f"status {signal_name(seen.status)}; {seen.err.strip()[-400:]!r}"
    if case.strike is not None and not seen.struck:
        yield "the fault never struck"
    for expectation in case.expects:
        said = expectation.broken(seen)
        if said:
            yield said
    yield from _always(case, seen)


def _always(case: Case, seen: Seen) -> Iterator[str]:
    if "internal error:" in seen.err or (
        "Traceback (most recent call last)" in seen.err and "--verbose" not in case.words
    ):
        yield f"a fault of its own: {seen.err.strip()[-400:]!r}"
    if seen.status == 0 and case.reports and seen.report.get("verdict") != "passed":
        yield f"status 0 without a report that passed: {seen.report.get('verdict')}"
    for entry in seen.report.get("migrations", []):
        bad = [step["outcome"] for step in entry["steps"] if step["outcome"] != "ok"]
        if entry["verdict"] == "passed" and bad and not entry["acknowledged"]:
            yield f"{entry['app']}.{entry['name']} passed with a step that {bad[0]}"
    left = [text for text in seen.left if not (case.stays and case.stays in text)]
    if left:
        yield f"left: {'; '.join(left)}"
    if seen.changed and not case.foreign:
        yield f"changed outside: {'; '.join(seen.changed)}"
    yield from _told_secrets(seen)


def _told_secrets(seen: Seen) -> Iterator[str]:
    lines = "\n".join(command for command in seen.commands if "--database" not in command)
    texts = {**seen.files, "a command line": lines}
    for name, text in texts.items():
        if any(secret in text for secret in SECRETS):
            yield f"a secret is told in {name}"
