"""The rules of hygiene: how migrations are written, beside what a rehearsal of them showed."""

from __future__ import annotations

import json

from django_switchback.evidence import AnyRecord, LiveModelsUsed, LiveModelUse
from django_switchback.report import json as json_report
from django_switchback.rules.interface import Finding
from django_switchback.verdict.run_verdict import judge
from rules.builders import DATABASE, TARGET, log, sound

USE = LiveModelUse("Post.objects", "fill", "blog/migrations/0002_add_slug.py", 7)


def warnings(records: tuple[AnyRecord, ...]) -> list[Finding]:
    """Return the warnings about migrations."""
    entries = judge(records).migrations
    return [finding for entry in entries for finding in entry.findings if finding.severity == "warning"]


def test_live_models_are_told_with_their_places() -> None:
    """One warning, which names each use once; the JSON report has them as values."""
    used = LiveModelsUsed(DATABASE, TARGET, (USE,))
    records = log(*sound(), used, used)
    (finding,) = warnings(records)
    assert (finding.rule, finding.message) == (
        "live-model-import",
        (
            "blog.0002_add_slug uses models as they are now, not as they were at that point of the history: "
            "Post.objects in fill (blog/migrations/0002_add_slug.py:7)."
        ),
    )
    written = json.loads(json_report.render(judge(records)))
    assert written["migrations"][0]["findings"][0]["evidence"]["uses"] == [
        {"used": USE.used, "function": USE.function, "path": USE.path, "line": USE.line}
    ]
