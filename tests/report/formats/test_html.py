"""The HTML report: one page that needs no network, with every text of the project as text."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import msgspec
from rules.builders import (
    CHANGED,
    DATABASE,
    FIRST,
    compared,
    database,
    fact,
    log,
    project,
    sound,
    started,
    steps,
)

from django_switchback.evidence import AnyRecord, DatabaseBroken, MigrationName
from django_switchback.report.formats.html import render
from django_switchback.verdict.interface import Report
from django_switchback.verdict.run_verdict import judge
from report.reports import HOSTILE, clean, hostile, mixed

MAX_BYTES = 5_000_000
"""Of a page on 1,000 migrations on two databases."""
VOID = {"meta", "input", "wbr"}


class Page(HTMLParser):
    """Reads a page as a browser does: elements with their attributes, and the text outside scripts."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.code: dict[str, str] = {}
        self.feed(render(report))
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            self.code[self.open[-1]] = data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_whole_report() -> None:
    """The verdict in a sentence, a mark a migration, and each finding with rows, fix and commands."""
    page = Page(mixed())
    assert "This release cannot be rolled back as it stands." in page.text
    marks = [link["aria-label"] for link in page.all("a") if "aria-label" in link]
    assert marks == ["blog.0002_add_slug: failed", "blog.0003_add_tag: passed", "shop.0001_initial: skipped"]
    assert "Acknowledged: by backup, see the runbook (docstring)" in page.text
    assert "python manage.py migrate blog 0001_initial" in page.text
    assert "it needs shop.0000, which could not be applied" in page.text


def test_a_sound_release() -> None:
    """The sentence says that it can be rolled back, and nothing says otherwise."""
    page = Page(clean())
    assert "This release can be rolled back." in page.text
    assert "cannot" not in page.text


def test_an_unfinished_run_proves_nothing() -> None:
    """The sentence and the reason are above everything else."""
    page = Page(judge(log(*sound(), DatabaseBroken(DATABASE, "server died"))))
    assert "The run did not finish: it proves nothing." in page.text
    assert "server died" in page.text


def test_every_link_leads_somewhere() -> None:
    """Anchors exist once each."""
    page = Page(mixed())
    anchors = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(set(anchors)) == len(anchors)
    assert {link["href"].removeprefix("#") for link in page.all("a")} <= set(anchors)


def test_it_needs_no_network() -> None:
    """Nothing is loaded, and the policy lets only the page's own style and script run."""
    page = Page(mixed())
    assert not [attributes for _, attributes in page.elements if "src" in attributes]
    assert not page.all("link")
    (policy,) = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    for tag in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(page.code[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "url(" not in page.code["style"]


def test_hostile_text_is_shown_as_text() -> None:
    """The project's texts add no element, no attribute and no invisible character."""
    page = Page(hostile())
    plain = Page(mixed())
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in plain.elements} | {"details", "summary"}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert "<b>" in page.text
    assert not {"\x1b", "\u202e", "\u2028"} & set(render(hostile()))
    assert HOSTILE not in render(hostile())
    assert page.code == plain.code


def test_a_thousand_migrations_fit_into_five_megabytes() -> None:
    """Of which each has a finding with rows."""
    names = [MigrationName("blog", f"{number:04}_step") for number in range(1_000)]
    head = (
        started(),
        project(fact(FIRST), *(fact(name, dependencies=(FIRST,)) for name in names)),
        database(targets=tuple(names)),
    )
    records: list[AnyRecord] = []
    for name in names:
        records += (msgspec.structs.replace(record, migration=name) for record in steps())
        records.append(compared(migration=name, rows=(CHANGED,)))
    text = render(judge(log(*records, begin=head)))
    assert len(re.findall(r"<article", text)) == len(names)
    assert len(text.encode()) < MAX_BYTES * 0.6
