"""Promises of commands/checks.py: what each command runs, where its files go, what it says of them."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from checks import logs

from django_switchback import evidence, pipeline
from django_switchback.checks.child_processes import ChildExit, ChildProcess
from django_switchback.cli import main
from django_switchback.commands import checks
from django_switchback.config.config import Config, load_config
from django_switchback.errors import UsageError
from django_switchback.evidence import AnyRecord

SECRET = "hunter2"
URL = f"postgresql://ana:{SECRET}@db.example:5432/app"
MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")\n'
GOOD: dict[str, tuple[AnyRecord, ...]] = {
    "performance": (
        *logs.started("performance"),
        *(record for id_ in (logs.ONE, logs.TWO) for way in ("forward", "rollback")
          for record in logs.step(id_, way)),
        logs.END,
    ),
    "backup-verification": (
        *logs.started("backup-verification"),
        *logs.backed_up(),
        *logs.rolled_back(logs.TWO),
        *logs.rolled_back(logs.ONE),
        logs.END,
    ),
}  # fmt: skip
Ran = Callable[[int | None], list[ChildProcess]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be in a folder that is a Django project as far as the edge looks."""
    (tmp_path / "manage.py").write_text(MANAGE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Ran:
    """Replace the running of programs by one that leaves good files, and return what would have been run."""

    def replace(status: int | None) -> list[ChildProcess]:
        seen: list[ChildProcess] = []

        def run_all(children: Sequence[ChildProcess], at_once: int, tell: object) -> tuple[ChildExit, ...]:
            seen.extend(children)
            for child in children:
                check = child.output.stem.removesuffix("-sqlite")
                child.output.write_text("done\n")
                if check in GOOD and status == 0:
                    evidence.write(child.output.with_suffix(".jsonl"), GOOD[check])
            return tuple(ChildExit(status, 1.0) for _ in children)

        monkeypatch.setattr(checks, "run_all", run_all)
        return seen

    return replace


CHECKS = ["--check", "tests", "--check", "performance", "--check", "backup-verification"]


def test_all_checks(folder: Path, ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    """Every check that passed, in one table, with status 0."""
    ran(0)
    assert main(["all-checks", "--database", "sqlite", *CHECKS]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines()[1:4]] == [
        "tests",
        "performance",
        "backup-verification",
    ]
    assert out.endswith("All 3 checks passed\n")


def test_what_could_not_be_started_did_not_run(folder: Path, ran: Ran) -> None:
    """Checks that left nothing behind are no pass, the tests among them."""
    ran(None)
    assert main(["all-checks", "--database", "sqlite", *CHECKS]) == 3


def test_tests_that_fail_are_a_failure(folder: Path, ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit status of the project's own tests counts."""
    ran(1)
    assert main(["all-checks", "--database", "sqlite", "--check", "tests"]) == 1
    assert "python manage.py test ended with status 1" in capsys.readouterr().out


def test_no_test_is_no_pass(folder: Path) -> None:
    """Django's runner says 0 where it found no test: that did not run."""
    (folder / "manage.py").write_text(f"{MANAGE}\nprint('Ran 0 tests in 0.000s')\n")
    assert main(["all-checks", "--check", "tests"]) == 3
    assert json.loads((folder / ".switchback" / "tests.json").read_text())["status"] is None


def test_own_command_for_tests(folder: Path) -> None:
    """``tests`` in the settings names the command; it is run in the project's folder."""
    project = folder / "site"
    project.mkdir()
    (project / "manage.py").write_text(MANAGE)
    code = "import os, pathlib; print(pathlib.Path.cwd().name, os.environ['DJANGO_SETTINGS_MODULE'])"
    command = json.dumps(f'{sys.executable} -c "{code}"')
    (folder / "pyproject.toml").write_text(f"[tool.switchback]\nproject = 'site'\ntests = {command}\n")
    assert main(["all-checks", "--check", "tests"]) == 0
    assert (folder / ".switchback" / "tests.txt").read_text() == "site demo.settings\n"


def test_own_command_is_taken_at_its_word(folder: Path) -> None:
    """What a command of the project's own prints is not read: its status counts."""
    command = f"{sys.executable} -c \"print('Ran 0 tests in 0.000s')\""
    assert main(["all-checks", "--check", "tests", "--tests", command]) == 0


def test_files_of_a_run_stay_out_of_git(folder: Path, ran: Ran) -> None:
    """The folder of the results ignores itself."""
    ran(0)
    main(["all-checks", "--database", "sqlite", "--check", "performance", "--out", "out"])
    assert (folder / "out" / ".gitignore").read_text() == "*\n"


def test_two_servers_have_files_of_their_own(folder: Path, ran: Ran) -> None:
    """Two URLs are two checks, told apart by a number, as a URL is in no name."""
    seen = ran(0)
    other = URL.replace("db.example", "db2.example")
    main(["all-checks", "--database", URL, "--database", other, "--check", "migrations"])
    assert [child.output.name for child in seen] == [
        "migrations-postgresql.txt",
        "migrations-postgresql-2.txt",
    ]


def test_gathering_has_no_place_to_write_to(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--from and --out say different things."""
    assert main(["all-checks", "--from", ".", "--out", "out"]) == 2
    assert "--from" in capsys.readouterr().err


def test_plan_of_a_log_takes_no_other_release(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log holds the release that was rehearsed: an option that would choose another is not ignored."""
    assert main(["plan", "--rollback", "--evidence", "e.jsonl", "--since", "main"]) == 2
    assert "--evidence contradicts --since: leave one of them out" in capsys.readouterr().err


def test_old_evidence_is_gone(folder: Path, ran: Ran) -> None:
    """What an earlier run left does not pass for what this one has not found."""
    old = folder / "out" / "performance-sqlite.jsonl"
    old.parent.mkdir()
    evidence.write(old, GOOD["performance"])
    foreign = folder / "out" / "notes.txt"
    foreign.write_text("mine")
    ran(3)
    assert main(["all-checks", "--database", "sqlite", "--check", "performance", "--out", "out"]) == 3
    assert (old.exists(), foreign.exists()) == (False, True)


def test_no_password_on_a_command_line(folder: Path, ran: Ran) -> None:
    """A URL goes to the checks in their environment, and into no file's name."""
    seen = ran(0)
    main(["all-checks", "--database", URL, "--check", "migrations", "--last", "2"])
    (child,) = seen
    assert SECRET not in " ".join((*child.command, str(child.output), child.name))
    assert child.environment["SWITCHBACK_DATABASE"] == URL
    assert "--last=2" in child.command
    assert child.output.name == "migrations-postgresql.txt"


def test_what_each_check_is_told(folder: Path, ran: Ran) -> None:
    """Options go to the checks that take them, and only to those; times are taken alone."""
    seen = ran(0)
    words = ["--fail-on", "warning", "--dump-command", "pg_dump -Fc -Z0", "--jobs", "1"]
    main(["all-checks", "--database", "sqlite", *words])
    told = {child.name: " ".join(child.command) for child in seen}
    assert [name for name, line in told.items() if "--fail-on=warning" in line] == ["migrations on sqlite"]
    assert [name for name, line in told.items() if "--dump-command=pg_dump -Fc -Z0" in line] == [
        "backup-verification on sqlite"
    ]
    assert [name for name, line in told.items() if "--jobs=1" in line] == [
        "migrations on sqlite",
        "backup-verification on sqlite",
    ]
    assert [child.name for child in seen if child.alone] == ["performance on sqlite"]
    for file in ("--json=", "--junit="):
        assert [name for name, line in told.items() if file in line] == ["migrations on sqlite"]


def test_times_are_taken_by_one_worker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers at a time would be timing each other; a backup may have as many as there are."""
    jobs: dict[str, int] = {}

    def rehearse(
        config: Config, progress: object, log: object, check: str, **_: object
    ) -> tuple[AnyRecord, ...]:
        jobs[check] = config.jobs
        return GOOD[check]

    monkeypatch.setattr(pipeline, "rehearse", rehearse)
    monkeypatch.setenv("SWITCHBACK_JOBS", "3")
    assert main(["performance", "--database", "sqlite"]) == 0
    assert main(["backup-verification", "--database", "sqlite"]) == 0
    assert jobs == {"performance": 1, "backup-verification": 3}


def test_gathering_runs_nothing(folder: Path, ran: Ran, capsys: pytest.CaptureFixture[str]) -> None:
    """--from judges what is there; what is not there did not run; Markdown can have standard output."""
    seen = ran(0)
    (folder / "results").mkdir()
    evidence.write(folder / "results" / "a.jsonl", GOOD["performance"])
    words = ["all-checks", "--database", "sqlite", "--from", "results", "--check", "performance"]
    assert main(words) == 0
    capsys.readouterr()
    assert main([*words, "--check", "tests", "--markdown", "-"]) == 3
    assert seen == []
    said = capsys.readouterr()
    assert "| tests | \\- | not run |" in said.out
    assert "FAILED: 2 checks" in said.err
    assert "NOT RUN" not in said.out


def test_report_refuses_other_logs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A log of another check is not reported on as if it were a rehearsal."""
    evidence.write(folder / "log", GOOD["performance"])
    assert main(["report", "log"]) == 2
    assert "a log of performance is not the log of a rehearsal" in capsys.readouterr().err


def test_budgets(folder: Path) -> None:
    """Budgets are seconds by ``total``, ``migration`` or a migration's name, from the settings alone."""
    table = '[tool.switchback.budgets]\ntotal = 60\n"blog.0007_x" = 2.5\n'
    (folder / "pyproject.toml").write_text(table)
    assert load_config({}, {}, folder).budgets == {"total": 60.0, "blog.0007_x": 2.5}


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("budgets = 3", "'budgets' in"),
        ("[tool.switchback.budgets]\nblog = 3", "toml: expected total, migration or"),
        ("[tool.switchback.budgets]\ntotal = 0", ", 'total': expected seconds above 0"),
        ("[tool.switchback.budgets]\ntotal = true", "invalid value 'True' for 'budgets'"),
        ('[tool.switchback.budgets]\ntotal = "1 minute"', "invalid value '1 minute' for 'budgets'"),
    ],
)
def test_budgets_refused(folder: Path, table: str, sentence: str) -> None:
    """A budget that cannot be right is refused by name."""
    start = "" if table.startswith("[") else "[tool.switchback]\n"
    (folder / "pyproject.toml").write_text(f"{start}{table}\n")
    with pytest.raises(UsageError) as refused:
        load_config({}, {}, folder)
    assert sentence in str(refused.value)


@pytest.mark.usefixtures("folder")
def test_a_stopped_run_of_all_checks_prints_its_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After Ctrl-C, what a check came to by then is in the table, and the others did not run."""

    def run_all(children: Sequence[ChildProcess], *_: object) -> tuple[ChildExit, ...]:
        [performance] = [child for child in children if child.name.startswith("performance")]
        evidence.write(performance.output.with_suffix(".jsonl"), GOOD["performance"])
        os.kill(os.getpid(), signal.SIGINT)
        pytest.fail("the signal was not heard")

    monkeypatch.setattr(checks, "run_all", run_all)
    assert main(["all-checks", "--database", "sqlite"]) == 130
    said = capsys.readouterr()
    assert [word for word in ("performance", "migrations", "not run") if word not in said.out] == []
    assert said.err.splitlines()[-1] == "switchback: stopped before its end (Ctrl-C)"
