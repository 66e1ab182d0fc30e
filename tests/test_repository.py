"""What README, sessions, tasks and scripts promise each other."""

from __future__ import annotations

import ast
import itertools
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def sessions() -> set[str]:
    """Return the names of the sessions in the noxfile."""
    tree = ast.parse((ROOT / "noxfile.py").read_text())
    return {
        _name(node, decorator)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if ast.unparse(decorator).startswith("nox.session")
    }


def _name(function: ast.FunctionDef, decorator: ast.expr) -> str:
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    named = [ast.literal_eval(keyword.value) for keyword in keywords if keyword.arg == "name"]
    return str(named[0]) if named else function.name


def readme_commands() -> list[str]:
    """Return what stands between the markers that ``.ci/run`` looks for."""
    _, found, rest = (ROOT / "README.md").read_text().partition("<!-- ci:start -->")
    assert found, "README.md has no ci:start marker"
    block, found, _ = rest.partition("<!-- ci:end -->")
    assert found, "README.md has no ci:end marker"
    return [line for line in block.splitlines() if line and not line.startswith("```")]


def test_readme_commands_do_all_the_set_up() -> None:
    """Exactly two commands: the first makes an environment and rehearses, the second runs the tests."""
    first, second = readme_commands()
    *set_up, migrations = first.split(" && ")
    assert set_up == ["python3 -m venv .venv", ".venv/bin/pip install -q nox invoke"]
    assert migrations == ".venv/bin/nox -s migrations"
    assert second == ".venv/bin/nox -s tests"
    assert {shlex.split(command)[2] for command in (migrations, second)} <= sessions()


def test_virtual_environment_is_ignored_by_git() -> None:
    """The folder that the first command makes is no change to the clone."""
    assert ".venv/" in (ROOT / ".gitignore").read_text().splitlines()


def test_index_of_the_documentation_is_complete() -> None:
    """``docs/README.md`` links every page; those of rules and decisions are linked from their own indexes."""
    linked: set[Path] = set()
    for index in (ROOT / "docs" / name / "README.md" for name in (".", "adr", "rules")):
        links = re.findall(r"\]\(([^)#]+)\)", index.read_text())
        linked |= {(index.parent / link).resolve() for link in links}
    pages = set((ROOT / "docs").rglob("*.md")) - {ROOT / "docs" / "README.md"}
    assert pages
    assert sorted(pages - linked) == [], "pages to be linked from docs/README.md"


def test_reference_is_current() -> None:
    """The pages of options and of the JSON report are those that their sources make."""
    words = [sys.executable, "scripts/write_docs.py", "--check", "docs/reference"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run: python scripts/write_docs.py docs/reference"


def ci_run(tmp_path: Path, readme: str) -> subprocess.CompletedProcess[str]:
    """Run ``.ci/run`` with a ``python3`` whose environments hold programs that print their arguments."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / ".ci" / "run").write_bytes((ROOT / ".ci" / "run").read_bytes())
    (tmp_path / "README.md").write_text(readme)
    for name, text in {
        "python3": 'echo python3 $*; mkdir -p "$3/bin"; cp "${0%/*}/pip" "${0%/*}/nox" "$3/bin"',
        "pip": "echo pip $*",
        "nox": 'echo nox $*; [ "$2" != migrations ]',
    }.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    return subprocess.run(
        ["bash", str(tmp_path / ".ci" / "run")],
        capture_output=True,
        text=True,
        env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"},
        check=False,
    )


def test_ci_runs_the_commands_of_the_readme(tmp_path: Path) -> None:
    """CI runs the README's commands as they stand: one that fails fails CI, and the rest is still run."""
    done = ci_run(tmp_path, (ROOT / "README.md").read_text())
    lines = done.stdout.splitlines()
    assert [line.removeprefix("+ ") for line in lines if line.startswith("+ ")] == [
        *readme_commands(),
        ".venv/bin/nox -s lint typing",
    ]
    assert [line for line in lines if not line.startswith("+ ")] == [
        "python3 -m venv .venv",
        "pip install -q nox invoke",
        "nox -s migrations",
        "nox -s tests",
        "nox -s lint typing",
    ]
    assert done.returncode == 1
    assert done.stderr == f".ci/run: failed: {readme_commands()[0]}\n"


def test_ci_refuses_a_third_command(tmp_path: Path) -> None:
    """A README with any other number of commands than two fails CI before anything is run."""
    done = ci_run(tmp_path, "<!-- ci:start -->\n```console\na\nb\nc\n```\n<!-- ci:end -->\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert "has 3 commands" in done.stderr


def test_tasks_call_sessions() -> None:
    """Every session that a task calls is there."""
    tree = ast.parse((ROOT / "tasks.py").read_text())
    called = {
        argument.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "nox"
        for argument in itertools.takewhile(lambda item: ast.unparse(item) != "'--'", node.args)
        if isinstance(argument, ast.Constant)
    }
    assert called
    assert called <= sessions()


def test_tasks_are_explained() -> None:
    """``invoke --list`` has a line for each task."""
    tree = ast.parse((ROOT / "tasks.py").read_text())
    tasks = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]
    assert len(tasks) > 5
    assert [task.name for task in tasks if not ast.get_docstring(task)] == []


@pytest.mark.parametrize(
    ("words", "called"),
    [
        (["rollback-test", "--app", "blog"], "-s rehearsal -- --app blog"),
        (["rollback-test", "--app", "blog", "--migration", "0007"], "-s rehearsal -- --migration blog.0007"),
        (
            ["rollback-test", "--app", "blog", "--database", "sqlite", "--database", "postgresql-18"],
            "-s rehearsal -- --app blog --database sqlite --database postgresql-18",
        ),
        (["migrations"], "-s migrations"),
        (["tests"], "-s tests"),
        (["lint"], "-s lint typing"),
        (["all-checks"], "-s all-checks"),
        (["backup-verification"], "-s backup-verification"),
        (["performance"], "-s performance"),
        (
            ["checklist", "--migration", "blog.0007_add_performance_indexes"],
            "-s checklist -- --migration blog.0007_add_performance_indexes",
        ),
        (["report", "--log", "a.jsonl", "--log", "b.jsonl"], "-s report -- a.jsonl b.jsonl"),
    ],
)
def test_tasks(tmp_path: Path, words: list[str], called: str) -> None:
    """A task hands its options to nox, and nox's exit status is its own."""
    nox = tmp_path / "nox"
    nox.write_text('#!/bin/sh\necho "called $*"\nexit 3\n')
    nox.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-m", "invoke", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        check=False,
    )
    assert f"called {called}\n" in done.stdout
    assert done.returncode == 3


@pytest.mark.parametrize(("words", "missing"), [([], "APP is missing"), (["blog"], "MIGRATION is missing")])
def test_rollback_script_says_what_is_missing(words: list[str], missing: str) -> None:
    """The script of one line refuses to run without its two arguments."""
    script = ROOT / "scripts" / "test_migration_rollback.sh"
    done = subprocess.run([str(script), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert missing in done.stderr


def test_rollback_script_rehearses_one_migration(tmp_path: Path) -> None:
    """It calls the script beside it for that migration alone, from anywhere, and ends as that does."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$*"\nexit 3\n')
    python.chmod(0o755)
    script = ROOT / "scripts" / "test_migration_rollback.sh"
    done = subprocess.run(
        [str(script), "blog", "0007"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=False,
    )
    called, *words = done.stdout.split()
    assert Path(called) == ROOT / "scripts" / "test_migrations.py"
    assert words == ["--migration", "blog.0007"]
    assert done.returncode == 3
