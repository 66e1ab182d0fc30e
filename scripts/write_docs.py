#!/usr/bin/env python
"""Write the documents that are generated from the code; with ``--check``, only say which are not current."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))


def documents() -> dict[Path, str]:
    """Return every generated document by its place."""
    import msgspec

    from django_switchback import evidence
    from django_switchback.checks import checklist_page
    from django_switchback.report import json, rules_page

    rules = {Path("docs/rules", name): text for name, text in rules_page.rule_documents().items()}
    schema = msgspec.json.encode(evidence.json_schema(), order="deterministic")
    return rules | {
        Path("docs/evidence.schema.json"): msgspec.json.format(schema, indent=2).decode() + "\n",
        Path("docs/report.schema.json"): json.schema(),
        Path("docs/development/MIGRATION_CHECKLIST.md"): checklist_page.page(),
        Path(".github/pull_request_template.md"): checklist_page.template(),
    }


def main() -> int:
    """Write or check; returns 1 where a document is not current."""
    stale = [
        (path, text)
        for path, text in documents().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text
    ]
    for path, text in stale:
        if "--check" in sys.argv[1:]:
            sys.stdout.write(f"{path} is not current: run python scripts/write_docs.py\n")
        else:
            (ROOT / path).write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")
    return 1 if stale and "--check" in sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
