"""Makes the pictures of the documentation from a rehearsal of ``tests/projects/shop``: ``nox -s pictures``.

The terminal's picture is an SVG of what ``switchback`` writes to a terminal, the
pages' are screenshots of the HTML report of the same run, in Chromium.
"""

from __future__ import annotations

import contextlib
import io
import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
COLUMNS = 96
TERMINAL = ["switchback", "--database", "sqlite", "--migration", "shop.0003", "--migration", "shop.0006"]
WHOLE = ["switchback", "--database", "sqlite"]
OPENED = "shop.0002_loses_values"
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 780}
SHOTS: dict[str, dict[str, Any]] = {
    "report-light": {"viewport": DESK, "color_scheme": "light"},
    "report-dark": {"viewport": DESK, "color_scheme": "dark"},
    "report-phone": {"viewport": PHONE, "color_scheme": "light"},
}
"""Size in pixels and colour scheme of each screenshot, by its name."""


def main() -> int:
    """Make all pictures anew; return 2 if there is no Chromium."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("Chromium is not installed: on Debian it is the package chromium\n")
        return 2
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        project, page = Path(folder, "shop"), Path(folder, "report.html")
        shutil.copytree(ROOT / "tests/projects/shop", project)
        draw(terminal_output(TERMINAL, project))
        terminal_output([*WHOLE, "--html", str(page)], project)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            for name, options in SHOTS.items():
                photograph(browser.new_page(**options), page, PICTURES / f"{name}.png")
            browser.close()
    return 0


def terminal_output(words: list[str], folder: Path) -> str:
    """Run a command with a pseudo-terminal as its output; return what it wrote, without its progress."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    with subprocess.Popen(
        words, cwd=folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    ):
        os.close(theirs)
        chunks = []
        with contextlib.suppress(OSError):  # Linux: the other end of the pseudo-terminal is closed.
            while chunk := os.read(ours, 65536):
                chunks.append(chunk)
        os.close(ours)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def draw(output: str) -> None:
    """Draw a terminal with a command and its ``output``, with rich."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text(f"$ {' '.join(TERMINAL)}"))
    console.print(Text.from_ansi(output))
    svg = console.export_svg(title="switchback")
    # A font from the network, which rich names, has no place in a document.
    (PICTURES / "terminal.svg").write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL))


def photograph(tab: Page, report: Path, file: Path) -> None:
    """Save a screenshot of the first screen of a report, with one of its migrations opened."""
    tab.goto(report.as_uri())
    tab.get_by_role("link", name=OPENED).first.click()
    tab.evaluate("window.scrollTo(0, 0)")
    tab.screenshot(path=file)


if __name__ == "__main__":
    raise SystemExit(main())
