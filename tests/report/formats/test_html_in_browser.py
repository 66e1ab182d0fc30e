"""The HTML report in Chromium: it filters, answers keys, and has no accessibility violation."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from django_switchback.report.formats.html import render
from django_switchback.verdict.interface import Report
from report.reports import clean, hostile, mixed

pytestmark = pytest.mark.browser

sync_api = pytest.importorskip("playwright.sync_api", reason="run by nox -s browser")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="run by nox -s browser")

PHONE = {"width": 360, "height": 740}
TABLET = {"width": 820, "height": 1100}
DESK = {"width": 1300, "height": 900}


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """Start the machine's Chromium."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path is not None, "install Chromium: on Debian the package chromium"
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def opened(browser: Any, folder: Path, report: Report, **options: Any) -> tuple[Any, list[str]]:
    """Open the report on ``report``; return the page, and the list of what its console says."""
    file = folder / "report.html"
    file.write_text(render(report), encoding="utf-8")
    page = browser.new_page(**options)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(file.as_uri())
    return page, said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("make", [clean, mixed, hostile])
def test_no_violation(
    browser: Any, tmp_path: Path, make: Callable[[], Report], size: dict[str, int], scheme: str
) -> None:
    """No accessibility violation by axe-core, nothing on the console, nothing wider than the screen."""
    page, said = opened(browser, tmp_path, make(), viewport=size, color_scheme=scheme, bypass_csp=True)
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("size", [DESK, TABLET, PHONE], ids=["desk", "tablet", "phone"])
def test_wide_tables_scroll_by_themselves(browser: Any, tmp_path: Path, size: dict[str, int]) -> None:
    """Whatever migration is opened, the page is no wider than the screen: only its tables are."""
    page, _ = opened(browser, tmp_path, mixed(), viewport=size)
    wide = 0
    for link in page.locator("nav a").all():
        link.click()
        page.evaluate(
            "document.querySelectorAll('article td').forEach(cell => cell.textContent = 'W'.repeat(90))"
        )
        wide += page.locator("article:visible .table").count()
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], link.inner_text()
    assert wide, "no table was shown"


def test_it_filters(browser: Any, tmp_path: Path) -> None:
    """By key, by rule and by text; the first thing that is shown is the worst."""
    page, said = opened(browser, tmp_path, mixed(), viewport=DESK)
    shown = page.locator("nav li:visible")
    assert shown.count() == 4
    assert page.locator("article:visible h2").inner_text().endswith("blog.0002_add_slug")
    page.keyboard.press("p")
    assert "blog.0002_add_slug" in shown.first.inner_text() + shown.last.inner_text()
    hidden = shown.count()
    assert hidden < 4
    page.keyboard.press("p")
    page.select_option("select[data-filter=rule]", "irreversible")
    assert shown.count() == 1
    page.select_option("select[data-filter=rule]", "")
    page.fill("#search", "shop")
    assert shown.count() == 1
    assert page.locator("#shown").inner_text() == "1 of 4 shown"
    assert said == []


def test_keys_walk_through_the_list(browser: Any, tmp_path: Path) -> None:
    """One article is shown at a time, worst first, and the address names it."""
    page, _ = opened(browser, tmp_path, mixed(), viewport=DESK)
    listed = [text.split() for text in page.locator("nav a").all_inner_texts()]
    assert listed[:2] == [["failed", "blog.0002_add_slug"], ["skipped", "shop.0001_initial"]]
    page.keyboard.press("j")
    page.wait_for_function("location.hash === '#m3'")
    assert page.locator("article:visible").count() == 1
    assert "shop.0001_initial" in page.locator("article:visible").inner_text()


def test_all_is_there_without_javascript(browser: Any, tmp_path: Path) -> None:
    """Every migration is shown, one below the other."""
    page, _ = opened(browser, tmp_path, mixed(), viewport=DESK, java_script_enabled=False)
    assert page.locator("article:visible").count() == 4


def test_hostile_text_runs_nothing(browser: Any, tmp_path: Path) -> None:
    """The policy of the page holds: no message of a refused script either."""
    page, said = opened(browser, tmp_path, hostile(), viewport=DESK)
    assert page.locator("b").count() == 0
    assert said == []
