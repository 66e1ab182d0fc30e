"""The commands and the links in the documentation are right; ``nox -s docs`` builds the site of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
import yaml
from test_repository import ROOT, sessions

from django_switchback.cli import switchback

PAGES = sorted(
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"))
    if path.parent.name not in {"adr", "rules"}
)
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FENCES = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:switchback|nox|invoke|python -m django_switchback)\s[^`]+)`")
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
PROGRAMS = (("switchback",), ("python", "-m", "django_switchback"), ("python", "scripts/test_migrations.py"))


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command in a console block or in inline code."""
    for block in BLOCK.findall(text):
        for line in block.replace("\\\n", "").splitlines():
            if not line.startswith("#"):
                yield from (shlex.split(part) for part in line.split(" && "))
    for code in INLINE.findall(FENCES.sub("", text)):
        yield shlex.split(code)


def refusal(words: list[str]) -> str:
    """Return why a command is none of this repository's; empty if it is, or belongs to another program."""
    for program in PROGRAMS:
        if tuple(words[: len(program)]) == program:
            return _refused_by_parser(words[len(program) :])
    if Path(words[0]).name == "nox" and "-s" in words:
        named = words[words.index("-s") + 1 :]
        named = named[: named.index("--")] if "--" in named else named
        return " ".join(word for word in named if word.partition("(")[0] not in sessions())
    if words[0] == "invoke" and len(words) > 1 and not words[1].startswith("-"):
        return "" if words[1].replace("-", "_") in tasks() else words[1]
    return ""


def tasks() -> set[str]:
    """Return the names of the tasks."""
    return set(re.findall(r"^@task.*?\ndef (\w+)", (ROOT / "tasks.py").read_text(), re.MULTILINE | re.DOTALL))


def _refused_by_parser(words: list[str]) -> str:
    context = click.Context(switchback, info_name="switchback")
    rest: list[str] = []
    try:
        switchback.parse_args(context, [word for word in words if word not in {"...", "…"}])
        rest = [*context._protected_args, *context.args]
        if rest:
            name, command, rest = switchback.resolve_command(context, rest)
            if command is not None:
                command.make_context(name, rest, parent=context).close()
    except click.exceptions.Exit:
        return ""
    except click.UsageError as error:
        if isinstance(error, click.BadParameter) and "does not exist" in error.message:
            # A folder of the reader's.
            return ""
        if isinstance(error, click.MissingParameter) and not rest:
            # A command that a sentence names.
            return ""
        return error.format_message()
    return ""


@pytest.mark.parametrize("page", NAMES)
def test_commands_are_accepted(page: str) -> None:
    """Every command in a console block or in inline code has options, sessions and tasks that exist."""
    text = (ROOT / page).read_text(encoding="utf-8")
    refused = {shlex.join(words): why for words in commands(text) if words and (why := refusal(words))}
    assert refused == {}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("switchback --databse sqlite", "No such option"),
        ("switchback raport x.jsonl", "No such command"),
        ("nox -s migrationz", "migrationz"),
        ("invoke rollback-tset", "rollback-tset"),
    ],
)
def test_a_wrong_command_is_seen(command: str, why: str) -> None:
    """A misspelled option, command, session or task is refused."""
    assert why in refusal(next(commands(f"```console\n{command}\n```\n")))


def test_hook_is_a_command_before_a_push() -> None:
    """The hook for pre-commit calls the program with options that exist, for pushed migrations alone."""
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert refusal([*shlex.split(hook["entry"]), *hook["args"]]) == ""
    assert hook["stages"] == ["pre-push"]
    assert re.search(hook["files"], "shop/blog/migrations/0002_title.py")
    assert not re.search(hook["files"], "shop/blog/models.py")


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub and Sphinx make them."""
    headings = re.findall(r"^#+ (.+)$", FENCES.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower().replace("\\_", "_")) for heading in headings)
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", NAMES)
def test_links_lead_somewhere(page: str) -> None:
    """A link within the repository leads to a file that exists, and to a heading of it."""
    source = ROOT / page
    broken = []
    for name, anchor in LINK.findall(FENCES.sub("", source.read_text(encoding="utf-8"))):
        target = (source.parent / name).resolve() if name else source
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(f"{name}#{anchor}")
    assert broken == []
