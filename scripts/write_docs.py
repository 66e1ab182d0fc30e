#!/usr/bin/env python
"""Write the documents that are generated from the code, or those below the paths given.

The pages of the rules take rehearsals of a minute or two. With ``--check``, only say which of the others are
not current: the tests of the gallery check the pages of the rules.
"""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("src", "tests", "scripts")]
RULES = Path("docs/rules")


def documents() -> dict[Path, str]:
    """Return the documents that need no rehearsal, by path."""
    import checklist_documents
    import msgspec
    import reference_pages

    from django_switchback import evidence
    from django_switchback.report.formats import json

    schema = msgspec.json.encode(evidence.json_schema(), order="deterministic")
    return {
        Path("docs/evidence.schema.json"): msgspec.json.format(schema, indent=2).decode() + "\n",
        Path("docs/report.schema.json"): json.schema(),
        Path("docs/reference/json.md"): reference_pages.json_page(),
        Path("docs/reference/options.md"): reference_pages.options_page(),
        Path("docs/development/MIGRATION_CHECKLIST.md"): checklist_documents.page(),
        Path(".github/pull_request_template.md"): checklist_documents.template(),
    }


def rule_documents() -> dict[Path, str]:
    """Rehearse the gallery, two projects at a time; return the pages and examples of the rules by path."""
    from gallery_tests import rule_pages
    from gallery_tests.cases import CASES
    from gallery_tests.rehearsal import rehearsed

    from django_switchback.report.rules_page import EXAMPLES
    from django_switchback.rules.registry import RULES as ALL_RULES

    groups = sorted({case.group for case in CASES})
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        folder = Path(name)
        list(pool.map(lambda group: rehearsed(group, folder), groups))
        pages = {RULES / f"{rule.slug}.md": rule_pages.rule_page(rule, folder) for rule in ALL_RULES}
    return {
        **pages,
        RULES / "README.md": rule_pages.index_page(),
        EXAMPLES.relative_to(ROOT): rule_pages.rule_examples(),
    }


def main(*words: str) -> int:
    """Write or check; returns 1 where a document is not current."""
    check = "--check" in words
    places = [Path(word) for word in words if word != "--check"] or [Path()]
    texts = documents()
    if not check and any(RULES.is_relative_to(place) for place in places):
        texts |= rule_documents()
    stale = [
        (path, text)
        for path, text in texts.items()
        if any(path.is_relative_to(place) for place in places)
        and not ((ROOT / path).is_file() and (ROOT / path).read_text(encoding="utf-8") == text)
    ]
    for path, text in stale:
        if check:
            sys.stdout.write(f"{path} is not current: run python scripts/write_docs.py\n")
        else:
            (ROOT / path).write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path}\n")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
