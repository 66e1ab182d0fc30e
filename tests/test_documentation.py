"""The commands and the links in the documentation are right; ``nox -s docs`` builds the site of it."""

from __future__ import annotations

import itertools
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from test_repository import ROOT, sessions

from django_switchback.cli import switchback
from django_switchback.config.options import OPTIONS
from django_switchback.config.sources import read_options
from django_switchback.errors import UsageError

DOCS = ROOT / "docs"
NOT_BUILT = {DOCS / name for name in ("README.md",)}
"""What Sphinx leaves out, by ``exclude_patterns`` of ``docs/conf.py``."""
PAGES = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md"))
)
TYPED = [page for page in PAGES if Path(page).parent.name not in {"adr", "rules"}]
"""Pages whose commands are typed: those of decisions may be of their time, those of rules are generated."""
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
FENCES = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(
    r"`((?:\$ )?(?:\w+=\S+ )*[\w./-]*(?:switchback|nox|invoke|python -m django_switchback)\s[^`]+)`"
)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
PROGRAMS = (("switchback",), ("python", "-m", "django_switchback"), ("python", "scripts/test_migrations.py"))


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command in a console block or in inline code."""
    for block in BLOCK.findall(text):
        lines = block.replace("\\\n", "").splitlines()
        prompted = [line for line in lines if line.startswith("$ ")]
        for line in prompted or lines:
            yield from _of_line(line)
    for code in INLINE.findall(FENCES.sub("", text)):
        yield from _of_line(code)


def _of_line(line: str) -> Iterator[list[str]]:
    """Yield the commands between pipes and the like, without what the shell takes from them."""
    lexer = shlex.shlex(line.removeprefix("$ "), posix=True, punctuation_chars="|&;")
    lexer.whitespace_split, lexer.commenters = True, ""
    words: list[str] = []
    for word in (*itertools.takewhile(lambda word: not word.startswith("#"), lexer), ";"):
        if word.strip("|&;"):
            words.append(word)
            continue
        command = [*itertools.dropwhile(lambda word: re.match(r"\w+=", word), words)]
        words = []
        if command:
            yield [Path(command[0]).name, *command[1:]]


def refusal(words: list[str]) -> str:
    """Return why a command is none of this repository's; empty if it is, or belongs to another program."""
    for program in PROGRAMS:
        if tuple(words[: len(program)]) == program:
            return _refused_by_parser(words[len(program) :])
    if words[0] == "nox" and "-s" in words:
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
                with command.make_context(name, rest, parent=context) as called:
                    return _refused_value(called.params)
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


def _refused_value(params: dict[str, Any]) -> str:
    """Return which value no source of options would accept; one may be named by its placeholder."""
    texts = {name.replace("_", "-"): value for name, value in params.items()}
    given = {
        name: value
        for name, value in texts.items()
        if name in OPTIONS and value and value not in (OPTIONS[name].metavar, (OPTIONS[name].metavar,))
    }
    try:
        read_options(given, "--{}".format, ROOT)
    except UsageError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("page", TYPED)
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
        ("$ switchback --databse sqlite", "No such option"),
        ("SWITCHBACK_SEED=1 .venv/bin/nox -s migrationz  # takes a while", "migrationz"),
        (".venv/bin/switchback --databse sqlite", "No such option"),
        ("echo y | switchback raport x.jsonl", "No such command"),
        ("switchback --shard 4/3", "invalid value '4/3' for --shard"),
        ("switchback --database sqlite --database mysql", "invalid value 'mysql' for --database"),
    ],
)
def test_a_wrong_command_is_seen(command: str, why: str) -> None:
    """A misspelled option, command, session or task is refused."""
    assert any(why in refusal(words) for words in commands(f"```console\n{command}\n```\n"))
    assert any(why in refusal(words) for words in commands(f"`{command}`")) or command.startswith("echo")


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


def on_site(target: Path) -> bool:
    """Return whether the site has ``target``: as a page that is built, or as a file to download."""
    if target.suffix == ".md":
        return target.is_relative_to(DOCS) and target not in NOT_BUILT
    return target.is_file()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """A link within the repository leads to a file that exists, and to a heading of it; on the site, too."""
    source = ROOT / page
    broken = []
    for name, anchor in LINK.findall(FENCES.sub("", source.read_text(encoding="utf-8"))):
        target = (source.parent / name).resolve() if name else source
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(f"{name}#{anchor}")
        elif on_site(source) and not on_site(target):
            broken.append(f"{name}, which is not on the site")
    assert broken == []


def test_pages_that_are_not_built() -> None:
    """The test of links knows which pages Sphinx leaves out, and Sphinx says where a link leads nowhere."""
    settings = runpy.run_path(str(DOCS / "conf.py"))
    assert {DOCS / name for name in settings["exclude_patterns"]} == NOT_BUILT
    assert settings.get("suppress_warnings", []) == []
