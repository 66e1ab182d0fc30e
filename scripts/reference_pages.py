"""Renders the pages of ``docs/reference`` that are generated from the options and from the JSON report."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

import click
import msgspec

from django_switchback.cli import switchback
from django_switchback.config.options import OPTIONS, OPTIONS_BY_COMMAND
from django_switchback.errors import EXIT_STATUSES
from django_switchback.report.formats.json_types import ReportJson

NOTE = "<!-- Written by scripts/write_docs.py. -->"
JSON_CONTRACT = (
    "`--json FILE` writes it. Within `schema_version` 1, fields may be added; none is renamed or removed. "
    "`report.schema.json` is its JSON Schema, `evidence.schema.json` that of the evidence log."
)


def options_page() -> str:
    """Return ``options.md``: each option with its key and variable, each command with its options."""
    lines = [
        "# Options",
        NOTE,
        "`python -m django_switchback` and `python scripts/test_migrations.py` are the same program.",
        "## Exit status",
        _table(("status", "when"), [(status, code_spans(when)) for status, when in EXIT_STATUSES.items()]),
        "## Options of a run",
        "Each is also a key of [`[tool.switchback]`](configuration.md), without the hyphens in front.",
        _table(
            ("option", "does", "default", "variable"),
            [
                (
                    f"`--{option.name}{f' {option.metavar}' if option.metavar else ''}`",
                    option.help,
                    option.shown or "",
                    f"`{option.variable}`",
                )
                for option in OPTIONS.values()
            ],
        ),
        "## Commands",
        *_commands(),
    ]
    return "\n\n".join(lines) + "\n"


def code_spans(text: str) -> str:
    """Mark the options that ``text`` names as code."""
    return re.sub(r"--[a-z-]+", r"`\g<0>`", text)


def _commands() -> Iterator[str]:
    context = click.Context(switchback, info_name="switchback")
    for name, command in sorted(switchback.commands.items()):
        yield f"### switchback {name}"
        yield inspect.cleandoc(command.help or "")
        shared = OPTIONS_BY_COMMAND.get(name, ())
        words = [param for param in command.params if isinstance(param, click.Argument)]
        if words:
            yield f"Takes {', '.join(f'`{word.make_metavar(context)}`' for word in words)}."
        own = [
            (f"`{help_[0]}`", help_[1])
            for param in command.params
            if isinstance(param, click.Option)
            and param.opts[0].removeprefix("--") not in shared
            and (help_ := param.get_help_record(context)) is not None
        ]
        if own:
            yield _table(("option", "does"), own)
        if shared:
            yield f"Of the options above: {', '.join(f'`--{option}`' for option in shared)}."


def json_page() -> str:
    """Return ``json.md``: the objects of the JSON report, with their fields."""
    schema = msgspec.json.schema(ReportJson)
    lines = [
        "# The JSON report",
        NOTE,
        JSON_CONTRACT,
    ]
    for name, definition in sorted(schema["$defs"].items(), key=lambda item: item[0] != "ReportJson"):
        if "properties" not in definition:
            continue
        lines += [f"## {name}", inspect.cleandoc(definition.get("description", "")).replace("``", "`")]
        fields = definition["properties"].items()
        lines.append(_table(("field", "type"), [(f"`{field}`", _type(kind)) for field, kind in fields]))
    return "\n\n".join(lines) + "\n"


def _type(kind: dict[str, Any]) -> str:
    if "$ref" in kind:
        name = kind["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in kind:
        return " or ".join(map(_type, kind["anyOf"]))
    if "enum" in kind:
        return ", ".join(f"`{value}`" for value in kind["enum"])
    if kind.get("type") == "array":
        return f"array of {_type(kind['items'])}" if kind.get("items") else "array"
    return str(kind.get("type", "any"))


def _table(head: tuple[str, ...], rows: Any) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
