"""The checklist as a page of the documentation, and as the template of a pull request."""

from __future__ import annotations

import itertools

from django_switchback.checks.checklist import CHECKLIST_ITEMS

PAGE = """\
# Migration Safety Checklist

Before merging any migration. Switchback answers most of it:

```console
invoke checklist --migration blog.0007_add_performance_indexes
```

rehearses one migration and writes this list, filled in, with a reason for each item, as Markdown for the pull
request. What stays open is for the reviewer. Rules are explained in [docs/rules](../rules/README.md), or by
`switchback rules NAME`; an error that is meant is acknowledged with a reason, see
[answer a finding](../how-to/answer-a-finding.md#an-error-that-is-meant).

This page is written by `python scripts/write_docs.py`.
"""
TEMPLATE = """## What and why

## Migrations

Delete this part where no migration is added or changed. `invoke checklist --migration APP.NAME` fills the
list in from a rehearsal; paste what it prints over it. See `docs/development/MIGRATION_CHECKLIST.md`.
"""


def page() -> str:
    """Return the documentation page: each item with its source of the answer."""
    lines = [PAGE]
    for group, items in itertools.groupby(CHECKLIST_ITEMS, key=lambda item: item.group):
        lines += [f"## {group}", ""]
        lines += [f"- [ ] {item.text}  \n  answered by {item.by}" for item in items]
        lines.append("")
    return "\n".join(lines)


def template() -> str:
    """Return the pull request template with the items to complete."""
    lines = [TEMPLATE]
    for group, items in itertools.groupby(CHECKLIST_ITEMS, key=lambda item: item.group):
        lines += [f"### {group}", "", *(f"- [ ] {item.text}" for item in items), ""]
    return "\n".join(lines)
