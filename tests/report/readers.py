"""Reads reports with the programs and schemas of other people, as those do who receive them."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

from jsonschema import Draft4Validator, Draft202012Validator, FormatChecker
from junitparser import Error, Failure, JUnitXml
from markdown_it import MarkdownIt

from django_switchback.report.formats import gitlab, junit, markdown, sarif
from django_switchback.report.formats import json as json_format
from django_switchback.verdict.interface import Report

SCHEMAS = Path(__file__).parent / "formats" / "schemas"
OWN_HTML = ("<!-- switchback-report -->", "<details><summary>", "</details>")


def failed_in_junit(report: Report) -> set[str]:
    """Return the test cases that fail or are errors, as junitparser reads them."""
    root = JUnitXml.fromstring(junit.render(report).encode())
    cases = [case for suite in root for case in suite]
    bad = {case.name for case in cases if any(isinstance(item, Error | Failure) for item in case.result)}
    assert (root.tests, root.failures + root.errors) == (len(cases), len([c for c in cases if c.name in bad]))
    return bad


def critical_in_gitlab(report: Report) -> int:
    """Return the number of critical issues in a code quality report that fits GitLab's description."""
    issues = json.loads(gitlab.render(report))
    schema = json.loads((SCHEMAS / "gitlab-code-quality.json").read_text())
    Draft202012Validator(schema).validate(issues)
    return sum(issue["severity"] == "critical" for issue in issues)


def errors_in_sarif(report: Report) -> int:
    """Return the number of errors in a SARIF report that is valid by the standard's schema."""
    document = json.loads(sarif.render(report))
    schema = json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text())
    Draft4Validator(schema, format_checker=FormatChecker()).validate(document)
    return sum(
        result["level"] == "error" and not result.get("suppressions")
        for result in document["runs"][0]["results"]
    )


def headings_in_markdown(report: Report) -> list[str]:
    """Return the headings that markdown-it finds, in a page whose only HTML is our own."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown.render(report))
    every = [part for token in tokens for part in (token, *(token.children or ()))]
    html = [token.content.strip() for token in every if token.type in {"html_block", "html_inline"}]
    assert all(text.startswith(OWN_HTML) and "<script" not in text for text in html), html
    return [after.content for token, after in pairwise(tokens) if token.type == "heading_open"]


def is_valid_json(report: Report) -> bool:
    """Return whether the JSON report is valid by the schema that the documentation publishes."""
    published = Path(__file__).parents[2] / "docs" / "report.schema.json"
    return Draft202012Validator(json.loads(published.read_text())).is_valid(
        json.loads(json_format.render(report))
    )
