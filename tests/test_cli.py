"""Promises of cli.py and signals.py: what is said on the command line, and every exit status."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete

from django_switchback.cli import main, switchback
from django_switchback.commands import rehearsal
from django_switchback.config.options import RUN_OPTIONS
from django_switchback.errors import EXIT_STATUSES, SwitchbackError, UsageError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace the rehearsal by one that only notes the flags that it was given."""
    seen: list[dict[str, Any]] = []

    def run(flags: dict[str, Any], written_baseline: Path | None) -> int:
        seen.append({name: value for name, value in flags.items() if value not in (None, (), False)})
        return 0

    monkeypatch.setattr(rehearsal, "run", run)
    return seen


@pytest.mark.parametrize("before", [[], ["run"]])
def test_run_may_be_left_out(asked: list[dict[str, Any]], before: list[str]) -> None:
    """Options without a command are those of ``run``."""
    assert main([*before, "--app", "blog", "--app", "forum", "--last", "2", "--quiet"]) == 0
    assert asked == [{"app": ("blog", "forum"), "last": "2", "quiet": True}]


def test_nothing_is_run(asked: list[dict[str, Any]]) -> None:
    """No arguments at all are a rehearsal with the defaults."""
    assert main([]) == 0
    assert asked == [{}]


def test_every_option_is_passed_on(asked: list[dict[str, Any]]) -> None:
    """Whatever is in the table of options can be typed, and arrives under its name."""
    words = [
        word for option in RUN_OPTIONS for word in ([f"--{option.name}"] + ([] if option.flag else ["x"]))
    ]
    assert main(words) == 0
    assert asked == [
        {option.name: True if option.flag else ("x",) if option.repeatable else "x" for option in RUN_OPTIONS}
    ]


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
def test_help_shows_every_option(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """--help of the program and of run shows all options with their defaults."""
    assert main(arguments) == 0
    text = " ".join(capsys.readouterr().out.split())
    for option in RUN_OPTIONS:
        assert f"--{option.name} {option.metavar}".rstrip() in text
        assert option.shown is None or f"[default: {option.shown}]" in text


def test_exit_statuses_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` has them as the reference has; README leads there."""
    assert main(["--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    root = Path(__file__).parents[1]
    page = (root / "docs/reference/options.md").read_text(encoding="utf-8").replace("`", "")
    for status, when in EXIT_STATUSES.items():
        assert f"{status} {when}" in text
        assert f"| {status} | {when} |" in page
    assert "docs/reference/options.md#exit-status" in (root / "README.md").read_text(encoding="utf-8")


def test_help_imports_only_click() -> None:
    """--help is quick: nothing heavy is imported for it, Django least of all."""
    code = """
        import sys
        from django_switchback.cli import main
        main(["--help"])
        heavy = {"msgspec", "rich", "django", "sqlglot", "dotenv", "psycopg", "django_switchback.commands"}
        print("imported", sorted(heavy & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "imported []"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """--version names the program and its version."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "switchback 0.1.0\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--no-such"], "No such option"),
        (["runn"], "No such command 'runn'"),
        (["run", "extra"], "unexpected extra argument"),
        (["report"], "Missing argument 'LOG...'"),
        (["--last"], "Option '--last' requires an argument"),
        (["all-checks", "--from", "no/such/folder"], "Directory 'no/such/folder' does not exist"),
        (["all-checks", "--check", "backups"], "'backups' is not one of 'tests', 'migrations'"),
        (["all-checks", "--from", ".", "--out", "."], "--from contradicts --out: leave one of them out"),
        (["--watch", "--write-baseline", "f"], "--watch contradicts --write-baseline: leave one of them out"),
        (["performance", "--project", "no/such/folder"], "no such folder"),
        (["backup-verification", "--dump-command", "'"], 'invalid value "\'" for --dump-command: expected'),
        (
            ["--json", "a", "--app", "a", "--json=a"],
            "switchback: --json is given more than once: expected one",
        ),
        (["all-checks", "--out", "a", "--out", "b"], "switchback: --out is given more than once"),
        (["init", "no/such/folder"], "Directory 'no/such/folder' does not exist"),
        (["init", ".", "extra"], "unexpected extra argument"),
        (["--project", "no/such/folder"], "no such folder"),
        (["report", "no-such-log"], "switchback: cannot read no-such-log as evidence"),
    ],
)
def test_wrong_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str) -> None:
    """Wrong usage is status 2 with a message on standard error and nothing on standard output."""
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, sentence in err) == ("", True), err


@pytest.mark.parametrize(
    ("raised", "status", "message"),
    [
        (UsageError("no such app"), 2, "switchback: no such app\n"),
        (SwitchbackError("the server died"), 3, "switchback: the server died\n"),
        (SwitchbackError("red \x1b[31m\nnext"), 3, "switchback: red \\x1b[31m\nnext\n"),
        (SwitchbackError("so\n ::error::boom ##[x]"), 3, "switchback: so\n \\x3a:error::boom #\\x23[x]\n"),
        (click.ClickException("odd"), 2, "Error: odd\n"),
        (
            ValueError("oops"),
            3,
            (
                "switchback: internal error: ValueError: oops\n"
                "switchback: run again with --verbose for the traceback\n"
            ),
        ),
    ],
)
def test_exceptions(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    raised: Exception,
    status: int,
    message: str,
) -> None:
    """Each kind of exception has its status and its sentence; terminal escapes in it do no harm."""

    def run(flags: dict[str, Any], written_baseline: Path | None) -> int:
        raise raised

    monkeypatch.setattr(rehearsal, "run", run)
    assert main([]) == status
    assert capsys.readouterr() == ("", message)


def test_traceback_when_verbose(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``--verbose`` adds the traceback to an internal error."""

    def run(flags: dict[str, Any], written_baseline: Path | None) -> int:
        raise ValueError("oops")

    monkeypatch.setattr(rehearsal, "run", run)
    assert main(["--verbose"]) == 3
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_error_without_a_traceback_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """``--verbose`` adds nothing to a message of the program's own."""
    assert main(["--verbose", "--jobs", "x"]) == 2
    assert capsys.readouterr().err == (
        "switchback: invalid value 'x' for --jobs: expected an integer of at least 1\n"
    )


def test_status_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rehearsal returns is the exit status."""
    monkeypatch.setattr(rehearsal, "run", lambda flags, written: 1)
    assert main([]) == 1


CLEANING = """
    import sys, time
    from pathlib import Path
    from django_switchback.commands import rehearsal
    from django_switchback.cli import main

    def run(flags, written_baseline):
        try:
            print("up", flush=True)
            time.sleep(30)
        finally:
            print("cleaning", flush=True)
            sys.stdin.readline()
            print("clean", flush=True)

    rehearsal.run = run
    sys.exit(main([]))
"""


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_told_to_stop(number: signal.Signals, status: int) -> None:
    """A signal unwinds the run, a second one does not cut the clean-up short, and the status says which."""
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CLEANING)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)
        assert process.stdout.readline() == "cleaning\n"
        for again in (signal.SIGINT, signal.SIGTERM):
            process.send_signal(again)
        out, err = process.communicate("go on\n", timeout=20)
    assert out == "clean\n"
    assert err.strip() == "switchback: interrupted"
    assert process.returncode == status


def complete(arguments: list[str], incomplete: str) -> set[str]:
    """Return what the shell would offer."""
    return {
        item.value
        for item in ShellComplete(switchback, {}, "switchback", "_X").get_completions(arguments, incomplete)
    }


def test_completion() -> None:
    """The shell completes commands, and the options of run although it is left out."""
    assert complete([], "") == {
        "all-checks",
        "backup-verification",
        "cache",
        "checklist",
        "init",
        "performance",
        "plan",
        "report",
        "rules",
        "run",
    }
    assert {"--database", "--last", "--help"} <= complete([], "--")
    assert "--database" in complete(["--app", "blog"], "--d")


def test_module_and_script_are_the_command() -> None:
    """``python -m django_switchback`` and scripts/test_migrations.py are the same program."""
    script = Path(__file__).parents[1] / "scripts" / "test_migrations.py"
    for command in (["-m", "django_switchback"], [str(script)]):
        done = subprocess.run(
            [sys.executable, *command, "--version"], capture_output=True, text=True, check=True
        )
        assert done.stdout == "switchback 0.1.0\n"
