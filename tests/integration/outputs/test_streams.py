"""Streams, paths and texts that cannot be used: the right status, one clear line, the report kept."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from integration.making import App, command, creates, environment, migration, project, simple, switchback

PASSED = "passed: "
NO_ROOM = "switchback: cannot write standard output: No space left on device\n"
NOT_OPEN = "switchback: cannot write standard output: Bad file descriptor\n"


def shell(folder: Path, redirection: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program on the project in ``folder`` with its streams as a shell's ``redirection`` says."""
    words = (*command(folder, "--database", "sqlite", *words),)
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", f'"$@" {redirection}', "bash", *words],
        capture_output=True,
        text=True,
        env=environment(**variables),
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "words", "status", "out", "err"),
    [
        (">&-", (), 3, "", NOT_OPEN),
        ("> /dev/full", (), 3, "", NO_ROOM),
        ("> /dev/full", ("--markdown", "-"), 3, "", NO_ROOM),
        ("2>&-", (), 0, PASSED, ""),
        ("2> /dev/full", ("--verbose",), 0, PASSED, ""),
        ("<&- >&- 2>&-", (), 3, "", ""),
        ("2> >(head -c 1 > /dev/null)", ("--verbose",), 0, PASSED, ""),
        ("| head -c 1", (), 0, "S", ""),
    ],
)
def test_standard_streams(
    tmp_path: Path, redirection: str, words: tuple[str, ...], status: int, out: str, err: str
) -> None:
    """A stream that cannot be written keeps no other report back; only standard output matters at all."""
    folder = project(tmp_path / "p", {"blog": simple("blog")})
    report = tmp_path / "report.json"
    done = shell(folder, redirection, "--json", str(report), *words)
    assert (done.returncode, out in done.stdout) == (status, True), done
    assert err in done.stderr
    assert "internal error" not in done.stderr
    assert json.loads(report.read_text())["verdict"] == "passed"


def test_full_stream_of_other_commands(tmp_path: Path) -> None:
    """What prints but rehearses nothing says that it could not print."""
    for word in ("--help", "--version", "rules"):
        words = command(tmp_path)[:3]
        done = subprocess.run(
            ["bash", "-c", '"$@" > /dev/full', "bash", *words, word],
            capture_output=True,
            text=True,
            # A buffer that cannot be flushed at exit is what this is about.
            env={key: value for key, value in environment().items() if key != "PYTHONUNBUFFERED"},
            check=False,
        )
        assert (done.returncode, done.stderr.count("\n")) == (3, 1), done
        assert "No space left on device" in done.stderr


UNTELLABLE = r"""
class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no words")
    __repr__ = __str__

def mute(apps, editor):
    raise Mute

def lone(apps, editor):
    print("\udcff", flush=True)
    raise RuntimeError("what is \udcff?")

class Odd(migrations.RunPython):
    def describe(self):
        raise Mute

def nothing(apps, editor):
    pass
"""


def test_texts_that_cannot_be_spelled(tmp_path: Path) -> None:
    """An exception without words, or with such as no encoding has, is told as that migration's alone."""
    first = [("blog", "0001_initial")]
    blog = App(
        {
            "0001_initial": migration(creates("Post")),
            "0002_mute": migration("Odd(nothing, mute)", after=first, head=UNTELLABLE),
            "0003_lone": migration(
                "migrations.RunPython(nothing, lone)", after=[("blog", "0002_mute")], head=UNTELLABLE
            ),
        },
        models="class Post(models.Model): pass",
    )
    folder = project(tmp_path / "p", {"blog": blog}, settings='ODD_KEY = "secret\\udcffone"\n')
    words = ("--verbose", "--junit", "x.xml", "--markdown", "x.md")
    ran = switchback(folder, *words, ODD_TOKEN="\udcfe\udcfe12")
    assert ran.status == 1, ran.err
    mute = [finding["message"] for finding in ran.entry("blog.0002_mute")["findings"]]
    assert any("message not available: __str__ raises RuntimeError" in message for message in mute)
    lone = [finding["message"] for finding in ran.entry("blog.0003_lone")["findings"]]
    assert any(r"what is \udcff?" in message for message in lone)


ODD_NAMES = ["a,b", "a\nb", "ü"]
MORE_ODD_NAMES = ["a b", "a'b", 'a"b', "a\\b", "a%b", "x" * 200]


@pytest.mark.parametrize(
    "name", [*ODD_NAMES, *(pytest.param(name, marks=pytest.mark.slow) for name in MORE_ODD_NAMES)]
)
def test_odd_temporary_folders(tmp_path: Path, name: str) -> None:
    """A server and SQLite work in any folder that TMPDIR names."""
    odd = Path("/var/tmp", f"odd-{os.getpid()}", name)
    odd.mkdir(parents=True)
    try:
        folder = project(tmp_path / "p", {"blog": simple("blog")})
        ran = switchback(folder, databases=("sqlite", "postgresql-15"), TMPDIR=str(odd))
        assert ran.status == 0, ran.err
        assert list(odd.iterdir()) == []
    finally:
        odd.rmdir()
        odd.parent.rmdir()


def test_paths_that_are_not_utf8(tmp_path: Path) -> None:
    """A project or TMPDIR whose path is not UTF-8 is refused by name."""
    good = project(tmp_path / "p", {"blog": simple("blog")})
    odd = tmp_path / "p\udcff"
    good.rename(odd)
    ran = switchback(odd)
    assert (ran.status, ran.err.count("\n")) == (2, 1)
    assert "--project: " in ran.err
    assert "UTF-8: rename the folder" in ran.err
    good = project(tmp_path / "q", {"blog": simple("blog")})
    temporary = tmp_path / "t\udcff"
    temporary.mkdir()
    ran = switchback(good, TMPDIR=str(temporary))
    assert (ran.status, "TMPDIR" in ran.err) == (2, True)
