"""Write the pages of the rules from rehearsed cases: an unsafe one, the report on it, and its safe twin."""

from __future__ import annotations

import os
import re
import tempfile
import textwrap
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
from rich.console import Console

from django_switchback import evidence
from django_switchback.evidence import MinimalRowsFound
from django_switchback.report.finding_blocks import finding_block
from django_switchback.report.grouped_findings import GroupedFinding, grouped_findings
from django_switchback.report.rules_page import GROUPS
from django_switchback.rules.interface import Rule
from django_switchback.rules.registry import BY_SLUG, RULES
from django_switchback.verdict.interface import Report
from django_switchback.verdict.run_verdict import judge
from gallery_tests.cases import CASES, INITIAL, Case, app_files
from gallery_tests.rehearsal import evidence_log

WIDTH_COLUMNS = 100
DJANGO = (5, 2)
"""The version of Django that the pages are written with: others word some messages differently."""
EXHIBITS = {case.slug: case for case in CASES if case.safe_twin is not None}
"""The unsafe case that a rule's page shows."""
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
UNSTABLE = (
    (re.compile(r"\b0x[0-9a-f]{6,}"), "0x7f0000000000"),
    (re.compile(rf"{re.escape(tempfile.gettempdir())}/tmp\w{{8}}"), "/tmp/tmp00000000"),
    (re.compile(r"\bpostgresql-\d+"), "postgresql"),
)
"""What differs from run to run, with what stands in the evidence instead."""
UUID = re.compile(r"\b[0-9a-f]{32}\b")
NOT_CASES = "No migration alone makes this rule find something, so there is no example."


def rule_examples() -> str:
    """Return the examples that ``switchback rules NAME`` shows, as JSON by slug."""
    examples = {
        slug: {"unsafe": _changes(case), "safe": _changes(safe_twin(case))} for slug, case in EXHIBITS.items()
    }
    return msgspec.json.format(msgspec.json.encode(examples), indent=2).decode() + "\n"


def safe_twin(case: Case) -> Case:
    """Return the case that shows how ``case`` is mended."""
    (twin,) = (other for other in CASES if (other.rule, other.name) == (case.rule, case.safe_twin))
    return twin


def index_page() -> str:
    """Return the list of all rules."""
    lines = [
        "# Rules",
        "",
        "The rules of Switchback. A rule is identified by its slug, which never changes and is never reused.",
        "`switchback rules NAME` shows the same on a terminal.",
    ]
    for group in GROUPS:
        members = [rule for rule in RULES if rule.group == group]
        if members:
            lines += ["", f"## {group.capitalize()}", "", "| rule | severity | when |", "|---|---|---|"]
            lines += [
                f"| [`{member.slug}`]({member.slug}.md) | {member.severity} | {member.condition} |"
                for member in members
            ]
    return "\n".join(lines) + "\n"


def rule_page(rule: Rule, folder: Path) -> str:
    """Return the page of a rule, from rehearsals that are kept in ``folder``."""
    lines = [f"# `{rule.slug}`", "", f"Group: {rule.group}. Severity: {rule.severity}."]
    sections = (("When", rule.condition), ("Why it matters", rule.effect), ("What to do", rule.remedy))
    for head, text in sections:
        lines += ["", f"## {head}", "", _filled(text)]
    case = EXHIBITS.get(rule.slug)
    lines += ["", "## Example", "", NOT_CASES] if case is None else _example(case, folder)
    return "\n".join(lines) + "\n"


def _example(case: Case, folder: Path) -> Iterator[str]:
    report = _report(case.group, folder)
    database = next(name for name in DATABASES if case.slug in case.expected[name].rules)
    yield from ("", "## Unsafe", "", *_shown(case))
    yield from ("", f"Switchback reports on {DATABASES[database]}:", "", "```text")
    yield _findings(report, case, database)
    yield from ("```", "", "## Safe", "", *_shown(safe_twin(case)))
    yield from ("", f"Switchback's verdict: {_verdicts(safe_twin(case), folder)}.")


def _shown(case: Case) -> Iterator[str]:
    yield _filled(case.text)
    yield from ("", "```python", _code(app_files(case)), "```")
    path = f"tests/gallery/{case.rule}/{case.name}.py"
    yield from ("", f"The case: [{path}](../../{path}).")


def _changes(case: Case) -> str:
    """Return the source of the app's files but its first migration."""
    return _code({path: text for path, text in case.files.items() if path != INITIAL})


def _code(files: dict[str, str]) -> str:
    return "\n\n".join(f"# {path}\n{source.strip()}\n" for path, source in files.items()).rstrip()


@cache
def _report(group: str, folder: Path) -> Report:
    """Judge the rehearsal of ``group``, without what differs from run to run."""
    text = evidence_log(group, folder).read_text(encoding="utf-8")
    for pattern, stable in UNSTABLE:
        text = pattern.sub(stable, text)
    log = folder / f"stable-{os.getpid()}-{group}.jsonl"
    log.write_text(text, encoding="utf-8")
    return judge(evidence.read(log))


def _findings(report: Report, case: Case, database: str) -> str:
    """Return what the terminal report shows of ``case`` on ``database``."""
    console = Console(width=WIDTH_COLUMNS, color_system=None, highlight=False, markup=False, emoji=False)
    own = msgspec.structs.replace(
        report,
        databases=tuple(entry for entry in report.databases if entry.name == database),
        migrations=tuple(
            entry for entry in report.migrations if (entry.database, entry.id.app) == (database, case.app)
        ),
    )
    with console.capture() as capture:
        for subject in grouped_findings(own, notes=False):
            for shared in subject.shared:
                if case.app in shared.finding.message and _belongs_on_page(case, shared.finding.rule):
                    console.print(*finding_block(_without_minimal_rows(shared)), crop=False)
    lines = [line.rstrip() for line in capture.get().splitlines()]
    return _numbered_uuids(textwrap.dedent("\n".join(lines)))


def _belongs_on_page(case: Case, rule: str) -> bool:
    """Return whether the page of the case's rule shows what ``rule`` finds in the case.

    Most migrations break the old release, whatever else they do, and most cases have no docstring: that is on
    the pages about it alone.
    """
    return rule == case.slug or BY_SLUG[rule].group not in {"deploy window", "hygiene"}


def _without_minimal_rows(shared: GroupedFinding) -> GroupedFinding:
    """Leave out rows that are made fewer from those of all cases of the group, as far as there is time."""
    exhibits = tuple(
        exhibit for exhibit in shared.finding.exhibits if not isinstance(exhibit, MinimalRowsFound)
    )
    return shared._replace(finding=msgspec.structs.replace(shared.finding, exhibits=exhibits))


def _numbered_uuids(text: str) -> str:
    numbers = {uuid: number for number, uuid in enumerate(dict.fromkeys(UUID.findall(text)), start=1)}
    return UUID.sub(lambda match: f"{numbers[match.group()]:032x}", text)


def _verdicts(case: Case, folder: Path) -> str:
    return ", ".join(
        f"{entry.verdict} on {DATABASES[entry.database]}"
        for entry in sorted(
            _report(case.group, folder).migrations, key=lambda entry: entry.database != "sqlite"
        )
        if entry.id.app == case.app
    )


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH_COLUMNS, break_on_hyphens=False)
