"""The SARIF report: valid by the standard's own schema, with stable fingerprints and inert text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, FormatChecker
from rules.builders import DATABASE, database, from_nothing, log, project, sound, started

from django_switchback.evidence import DatabaseBroken, RunFinished, ScratchFinished, Shard, ShardPlanned
from django_switchback.report.formats.sarif import FINGERPRINT, render
from django_switchback.rules.registry import RULES
from django_switchback.verdict.interface import Report
from django_switchback.verdict.run_verdict import judge
from report.reports import clean, hostile, mixed

SCHEMA = json.loads(Path(__file__).with_name("schemas").joinpath("sarif-schema-2.1.0.json").read_text())


def run_of(report: Report) -> dict[str, Any]:
    """Return the report's one run, after the whole was validated."""
    document = json.loads(render(report))
    Draft4Validator(SCHEMA, format_checker=FormatChecker()).validate(document)
    (run,) = document["runs"]
    return dict(run)


@pytest.mark.parametrize("make", [clean, mixed, hostile])
def test_it_is_valid(make: Any) -> None:
    """The standard's schema accepts the report, and each result names its rule by name and index."""
    run = run_of(make())
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.slug for rule in RULES]
    assert [run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]


def test_the_whole_report() -> None:
    """A result a finding, on the migration's file; what is acknowledged is suppressed, with its reason."""
    results = run_of(mixed())["results"]
    told = [
        (
            result["ruleId"],
            result["level"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            [entry["justification"] for entry in result.get("suppressions", [])],
        )
        for result in results
    ]
    target = "blog/migrations/0002_add_slug.py"
    assert told == [
        ("rollback-leaves-schema", "error", target, []),
        ("rollback-loses-data", "error", target, []),
        ("system-check", "warning", "manage.py", []),
        ("rollback-loses-data", "note", target, []),
        (
            "irreversible",
            "error",
            "blog/migrations/0003_add_tag.py",
            ["by backup, see the runbook (docstring)"],
        ),
    ]
    fingerprints = [result["partialFingerprints"][FINGERPRINT] for result in results]
    assert len(set(fingerprints)) == len(fingerprints)


def test_what_was_not_rehearsed_is_a_notification() -> None:
    """A skipped migration makes no result, and does not go unseen."""
    notifications = run_of(mixed())["invocations"][0]["toolExecutionNotifications"]
    skipped = "skipped: shop.0001_initial (postgresql-18): it needs shop.0000, which could not be applied"
    assert ("warning", skipped) in [(entry["level"], entry["message"]["text"]) for entry in notifications]


def test_an_unfinished_run_was_not_successful() -> None:
    """Code scanning must not take a run that broke off for one without findings."""
    run = run_of(judge(log(*sound(), DatabaseBroken(DATABASE, "server died"))))
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run_of(clean())["invocations"][0]["executionSuccessful"] is True


def test_a_run_of_one_shard_was_not_successful() -> None:
    """It has not seen what the other shards find."""
    shard = Shard(1, 2)
    report = judge(
        (
            started(shard=shard),
            project(),
            database(targets=()),
            ShardPlanned(DATABASE, shard, {"scratch": 1, "cycles-1": 2}, {}, (), True, 1.0, 2.0),
            from_nothing(part="scratch"),
            ScratchFinished(DATABASE, 1.0, 2, part="scratch"),
            RunFinished(1.0),
        ),
        own_shard=True,
    )
    assert report.headline == "shard 1 of 2"
    assert run_of(report)["invocations"][0]["executionSuccessful"] is False


def test_hostile_text_stays_text() -> None:
    """No invisible character reaches a viewer."""
    assert not set("\x1b\u202e\u2028") & set(json.dumps(run_of(hostile()), ensure_ascii=False))
