"""Options are merged from all sources into one value, and refused by name."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from django_switchback.config.config import STDOUT, Config, load_config
from django_switchback.config.options import RUN_OPTIONS
from django_switchback.config.projects import settings_of
from django_switchback.config.tables import AcknowledgementEntry, SeverityEntry
from django_switchback.errors import UsageError

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'
SECRET = "hunter2"
URL = f"postgresql://ana:{SECRET}@db.example:5432/app"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder that is a Django project as far as the edge looks."""
    (tmp_path / "manage.py").write_text(MANAGE)
    return tmp_path


def merged(
    folder: Path,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    dotenv: str = "",
    pyproject: str = "",
) -> Config:
    """Return the config of these four sources."""
    (folder / ".env").write_text(dotenv)
    (folder / "pyproject.toml").write_text(pyproject)
    return load_config(flags or {}, environ or {}, folder)


def test_defaults(folder: Path) -> None:
    """With nothing said, a run has the documented defaults."""
    config = load_config({}, {}, folder)
    assert config.project == folder
    assert config.settings == "config.settings"
    assert config.python == sys.executable
    assert config.databases == ("sqlite", "postgresql")
    assert (config.apps, config.migrations, config.last, config.all, config.since) == ((), (), 5, False, None)
    assert (config.timeout, config.seed, config.fail_on, config.rows) == (60.0, 0, "error", None)
    assert config.jobs >= 1
    assert config.acknowledge == {}
    assert not config.no_deploy_window
    assert config.hot_tables == ()


def test_order_of_sources(folder: Path) -> None:
    """Flags come before the environment, that before .env, that before pyproject.toml."""
    toml = "[tool.switchback]\nlast = 1\nseed = 1\ntimeout = 1\njobs = 1\n"
    dotenv = "SWITCHBACK_LAST=2\nSWITCHBACK_SEED=2\nSWITCHBACK_TIMEOUT=2\n"
    environ = {"SWITCHBACK_LAST": "3", "SWITCHBACK_SEED": "3"}
    config = merged(folder, {"last": "4"}, environ, dotenv, toml)
    assert (config.last, config.seed, config.timeout, config.jobs) == (4, 3, 2.0, 1)


def test_shard(folder: Path) -> None:
    """A shard is two numbers in every source; earlier logs may weigh the parts."""
    assert merged(folder, {"shard": "2/3"}).shard == (2, 3)
    assert merged(folder, environ={"SWITCHBACK_SHARD": "1/1"}).shard == (1, 1)
    config = merged(folder, pyproject='[tool.switchback]\nshard = "3/7"\nshard-weights = ["a.jsonl"]\n')
    assert (config.shard, config.shard_weights) == ((3, 7), (folder / "a.jsonl",))
    assert merged(folder).shard is None


def test_dotenv_is_not_exported(folder: Path) -> None:
    """What .env says is read, never put into the environment of this process."""
    config = merged(folder, dotenv="SWITCHBACK_SEED=7\nDATABASE_URL=sqlite:///db.sqlite3\n")
    assert (config.seed, config.databases) == (7, ("sqlite",))
    assert "SWITCHBACK_SEED" not in os.environ


def test_empty_variables_say_nothing(folder: Path) -> None:
    """A variable that is set to nothing is as good as none, so that .env.example may be copied."""
    config = merged(folder, environ={"SWITCHBACK_LAST": "", "DATABASE_URL": " "})
    assert (config.last, config.databases) == (5, ("sqlite", "postgresql"))


def test_every_option_everywhere(folder: Path) -> None:
    """An option has one name in all sources; several values are words in a variable and a list in TOML."""
    toml = '[tool.switchback]\napp = ["blog", "forum"]\nfail-on = "warning"\nverbose = true\n'
    config = merged(folder, environ={"SWITCHBACK_DATABASE": "sqlite postgresql-15"}, pyproject=toml)
    assert config.apps == ("blog", "forum")
    assert (config.fail_on, config.verbose) == ("warning", True)
    assert config.databases == ("sqlite", "postgresql-15")


@pytest.mark.parametrize(
    ("url", "databases"),
    [
        (URL, (URL,)),
        (URL.replace("postgresql", "postgres"), (URL.replace("postgresql", "postgres"),)),
        ("sqlite:////var/data/live.sqlite3", ("sqlite",)),
    ],
)
def test_database_url(folder: Path, url: str, databases: tuple[str, ...]) -> None:
    """DATABASE_URL stands for a server of its own; of a SQLite one only the engine is taken."""
    assert merged(folder, environ={"DATABASE_URL": url}).databases == databases


def test_database_flag_before_database_url(folder: Path) -> None:
    """--database is asked first: a DATABASE_URL in the environment does not add to it."""
    assert merged(folder, {"database": ("sqlite",)}, {"DATABASE_URL": URL}).databases == ("sqlite",)


@pytest.mark.parametrize("url", ["mysql://ana:secret@db.example/app", "oracle://db.example/app"])
def test_a_url_of_another_engine_says_nothing_of_what_to_rehearse_on(folder: Path, url: str) -> None:
    """It is refused by itself, by its scheme; where somebody names a database it is only noted."""
    with pytest.raises(
        UsageError, match=r"invalid value '\w+:…' for DATABASE_URL in the environment"
    ) as refusal:
        merged(folder, environ={"DATABASE_URL": url})
    assert "secret" not in str(refusal.value)
    config = merged(folder, {"database": ("sqlite",)}, {"DATABASE_URL": url})
    assert (config.databases, config.own_url) == (("sqlite",), url.partition(":")[0])


def test_who_named_the_databases(folder: Path) -> None:
    """Options do; the default, ``DATABASE_URL`` and what ``all-checks`` hands on do not."""
    assert merged(folder, {"database": ("sqlite",)}).named_databases
    assert merged(folder, environ={"SWITCHBACK_DATABASE": "sqlite"}).named_databases
    assert merged(folder, pyproject='[tool.switchback]\ndatabase = "sqlite"\n').named_databases
    assert not merged(folder).named_databases
    assert not merged(folder, environ={"DATABASE_URL": URL}).named_databases
    handed_on = {"SWITCHBACK_DATABASE": "sqlite", "SWITCHBACK_DATABASE_UNNAMED": "1"}
    assert not merged(folder, environ=handed_on).named_databases


def test_database_variable_before_database_url(folder: Path) -> None:
    """Of two variables in one place the one that is ours counts."""
    environ = {"SWITCHBACK_DATABASE": "sqlite", "DATABASE_URL": URL}
    assert merged(folder, environ=environ).databases == ("sqlite",)


def test_project_of_pyproject(folder: Path) -> None:
    """The current folder's pyproject.toml may say where the project is, relative to itself."""
    (folder / "example").mkdir()
    (folder / "example" / "manage.py").write_text(MANAGE.replace("config.settings", "demo"))
    config = merged(folder, pyproject='[tool.switchback]\nproject = "example"\nseed = 9\n')
    assert (config.project, config.settings, config.seed) == (folder / "example", "demo", 9)


def test_project_flag_brings_its_own_files(folder: Path) -> None:
    """With --project the files of that folder count, and not those of the current one."""
    other = folder / "other"
    other.mkdir()
    (other / "manage.py").write_text(MANAGE)
    (other / "pyproject.toml").write_text("[tool.switchback]\nseed = 3\n")
    config = merged(folder, {"project": "other"}, dotenv="SWITCHBACK_SEED=4\n")
    assert (config.project, config.seed) == (other, 3)


def test_files_are_relative_to_their_source(folder: Path) -> None:
    """A file named in pyproject.toml lies beside it, whatever the current folder; ``-`` stays what it is."""
    (folder / "sub").mkdir()
    config = load_config({"project": "..", "json": "-"}, {}, folder / "sub")
    assert (config.project, config.json) == (folder, STDOUT)
    assert merged(folder, pyproject='[tool.switchback]\nevidence = "log"\n').evidence == folder / "log"


@pytest.mark.parametrize(
    ("flags", "pyproject", "expected"),
    [
        ({"all": True}, "last = 3", (True, 5, None)),
        ({"last": "2"}, "all = true", (False, 2, None)),
        ({"since": "main"}, "last = 3", (False, 5, "main")),
        ({}, "last = 3\nall = false", (False, 3, None)),
    ],
)
def test_a_higher_source_ends_the_choice(
    folder: Path, flags: dict[str, Any], pyproject: str, expected: tuple[bool, int, str | None]
) -> None:
    """--all on the command line is no contradiction to ``last`` in a file: it wins, as any flag does."""
    config = merged(folder, flags, pyproject=f"[tool.switchback]\n{pyproject}\n")
    assert (config.all, config.last, config.since) == expected


def test_migration_flag_unsets_the_apps_of_a_file(folder: Path) -> None:
    """A migration named on the command line is rehearsed whatever apps a file lists."""
    config = merged(folder, {"migration": ("forum.0002_x",)}, pyproject='[tool.switchback]\napp = ["blog"]\n')
    assert (config.apps, config.migrations) == ((), ("forum.0002_x",))


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ({"all": True, "last": "3"}, "--all contradicts --last: leave one of them out"),
        ({"since": "main", "migration": ("a.b",)}, "--since contradicts --migration: leave one of them out"),
        ({"verbose": True, "quiet": True}, "--quiet contradicts --verbose: leave one of them out"),
        ({"json": "-", "junit": "-"}, "--json - contradicts --junit -: leave one of them out"),
        ({"last": "0"}, "invalid value '0' for --last: expected an integer of at least 1"),
        ({"last": "-3"}, "invalid value '-3' for --last: expected an integer of at least 1"),
        ({"last": "many"}, "invalid value 'many' for --last: expected an integer of at least 1"),
        ({"timeout": "0"}, "invalid value '0' for --timeout: expected seconds above 0"),
        *(
            ({"shard": text}, f"invalid value '{text}' for --shard: expected the number of a shard")
            for text in ("0/3", "4/3", "x", "1", "1/0", "-1/3", "1/2/3", "1.5/3", "1/3 ", "\u0661/3")
        ),
        ({"timeout": "nan"}, "invalid value 'nan' for --timeout: expected seconds above 0"),
        ({"jobs": "0"}, "invalid value '0' for --jobs: expected an integer of at least 1"),
        ({"seed": "-1"}, "invalid value '-1' for --seed: expected an integer of at least 0"),
        ({"fail-on": "info"}, "invalid value 'info' for --fail-on: expected error or warning"),
        ({"app": ("a b",)}, "invalid value 'a b' for --app: expected an app label such as blog"),
        (
            {"since": "--exec=x"},
            "'--exec=x' for --since: expected a git ref such as origin/main",
        ),
        (
            {"rows": "5000001"},
            "invalid value '5000001' for --rows: expected an integer from 1 to 5000000",
        ),
        ({"evidence": "missing/log"}, "expected a file in a folder that exists"),
        ({"evidence": "-"}, "invalid value '-' for --evidence: expected a file in a folder that exists"),
        ({"json": "."}, "expected a file in a folder that exists"),
        (
            {"python": "no-such-python"},
            "invalid value 'no-such-python' for --python: expected an executable",
        ),
        (
            {"project": "missing"},
            "missing: there is no such folder; name the folder with manage.py by --project",
        ),
        (
            {"migration": ("blog",)},
            "expected an app and a migration such as blog.0007_add_performance_indexes",
        ),
        (
            {"database": ("postgresql-13",)},
            "'postgresql-13' for --database: expected sqlite, postgresql, postgresql-14 to postgresql-18",
        ),
    ],
)
def test_flags_refused(folder: Path, flags: dict[str, Any], sentence: str) -> None:
    """Contradictions and bad values are refused with the flag, what it said and what was expected."""
    with pytest.raises(UsageError) as refusal:
        merged(folder, flags)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        (
            {"SWITCHBACK_DATABSE": "x"},
            "unknown option SWITCHBACK_DATABSE in the environment: did you mean SWITCHBACK_DATABASE?",
        ),
        ({"SWITCHBACK_LAST": "0"}, "invalid value '0' for SWITCHBACK_LAST in the environment"),
        (
            {"SWITCHBACK_ALL": "maybe"},
            "invalid value 'maybe' for SWITCHBACK_ALL in the environment: expected true or false",
        ),
        (
            {"DATABASE_URL": f"mysql://root:{SECRET}@h/x"},
            "invalid value 'mysql:…' for DATABASE_URL in the environment",
        ),
        (
            {"SWITCHBACK_DATABASE": f"sqlite postgresql://me:x {SECRET} y@h/x"},
            "SWITCHBACK_DATABASE in the environment: the database URL cannot be read: expected postgresql://",
        ),
        (
            {"DATABASE_URL": f"postgresql://me:x {SECRET}@h/x"},
            "DATABASE_URL in the environment: the database URL cannot be read: expected postgresql://",
        ),
        (
            {"DATABASE_URL": f"mysql://me:{SECRET}[@h/x"},
            "invalid value 'mysql:…' for DATABASE_URL in the environment",
        ),
        (
            {"DATABASE_URL": f"me@{SECRET}"},
            "invalid value ':…' for DATABASE_URL in the environment",
        ),
        (
            {"DJANGO_SETTINGS_MODULE": "a/b.py"},
            "invalid value 'a/b.py' for DJANGO_SETTINGS_MODULE in the environment",
        ),
        (
            {"SWITCHBACK_ALL": "1", "SWITCHBACK_LAST": "2"},
            "SWITCHBACK_ALL in the environment contradicts SWITCHBACK_LAST in the environment",
        ),
        (
            {"SWITCHBACK_EVIDENCE": "no/log"},
            "/no/log' for SWITCHBACK_EVIDENCE in the environment: expected a file in a folder that exists",
        ),
        (
            {"SWITCHBACK_SCENARIOS": "no"},
            "/no' for SWITCHBACK_SCENARIOS in the environment: expected a folder that exists",
        ),
        (
            {"SWITCHBACK_PYTHON": "no-python"},
            "'no-python' for SWITCHBACK_PYTHON in the environment: expected an executable interpreter",
        ),
    ],
)
def test_variables_refused(folder: Path, environ: dict[str, str], sentence: str) -> None:
    """A variable is refused by its own name and place, and without what may be a password."""
    with pytest.raises(UsageError) as refusal:
        merged(folder, environ=environ)
    assert sentence in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_dotenv_refused_by_its_path(folder: Path) -> None:
    """A mistake in .env names the file."""
    with pytest.raises(UsageError) as refusal:
        merged(folder, dotenv="SWITCHBACK_SEEED=1\n")
    assert (
        str(refusal.value)
        == f"unknown option SWITCHBACK_SEEED in {folder / '.env'}: did you mean SWITCHBACK_SEED?"
    )


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            'databse = "sqlite"',
            "unknown option 'databse' in [tool.switchback] of {}/pyproject.toml: did you mean database?",
        ),
        ("last = true", "invalid value 'True' for 'last' in [tool.switchback] of {}/pyproject.toml"),
        ("last = 1.5", "invalid value '1.5' for 'last' in [tool.switchback] of {}/pyproject.toml"),
        ("app = true", "invalid value 'True' for 'app' in [tool.switchback] of {}/pyproject.toml"),
        ("last = [1]", "invalid value '[1]' for 'last' in [tool.switchback] of {}/pyproject.toml"),
        ('acknowledge = "all"', "'all' for 'acknowledge' in [tool.switchback] of {}/pyproject.toml"),
        (
            'acknowledge = {blog = {irreversible = "x"}}',
            (
                "invalid value 'blog' for 'acknowledge' in [tool.switchback] of {}/pyproject.toml: "
                'expected "app.migration_name" = {{rule'
            ),
        ),
        (
            'acknowledge = {"blog.0001_x" = "why"}',
            "'why' for 'acknowledge' in [tool.switchback] of {}/pyproject.toml, 'blog.0001_x': expected",
        ),
        (
            'acknowledge = {"blog.0001_x" = {irreversible = " "}}',
            (
                "' ' for 'acknowledge' in [tool.switchback] of {}/pyproject.toml, "
                "'blog.0001_x', 'irreversible': expected"
            ),
        ),
        (
            'keep = ["media"]',
            "\"['media']\" for 'keep' in [tool.switchback] of {}/pyproject.toml: expected a list",
        ),
        ('keep = "mail"', "'mail' for 'keep' in [tool.switchback] of {}/pyproject.toml: expected a list of"),
    ],
)
def test_pyproject_refused(folder: Path, table: str, sentence: str) -> None:
    """An unknown key, a bad value or an acknowledgement without a reason names the file and the key."""
    with pytest.raises(UsageError) as refusal:
        merged(folder, pyproject=f"[tool.switchback]\n{table}\n")
    assert sentence.format(folder) in str(refusal.value)


def test_pyproject_that_is_no_toml(folder: Path) -> None:
    """A file that cannot be parsed is refused, not skipped."""
    with pytest.raises(UsageError, match=r"cannot read .*pyproject\.toml"):
        merged(folder, pyproject="[tool.switchback\n")


@pytest.mark.parametrize("text", ["tool = 3\n", "tool = [1]\n", "[tool]\nswitchback = 3\n"])
def test_pyproject_without_tables(folder: Path, text: str) -> None:
    """What should be a table and is none is refused with the file and what was expected."""
    with pytest.raises(UsageError, match=r"cannot read .*pyproject\.toml: .*is not a table"):
        merged(folder, pyproject=text)


@pytest.mark.parametrize("other", ["x", "./x", "link", "hard/../x"])
def test_two_reports_to_one_file(folder: Path, other: str) -> None:
    """Two reports, or a report and the log, that would end up in one file contradict each other."""
    (folder / "hard").mkdir()
    (folder / "link").symlink_to("x")
    for names in (("json", "junit"), ("evidence", "json")):
        with pytest.raises(UsageError, match=r"contradicts .*the same file"):
            merged(folder, dict(zip(names, ("x", other), strict=True)))
        with pytest.raises(UsageError, match=r"contradicts .*the same file"):
            merged(folder, {names[0]: "x"}, {f"SWITCHBACK_{names[1].upper()}": other})
    merged(folder, {"json": "/dev/null", "junit": "/dev/null"})


def test_two_reports_to_standard_output(folder: Path) -> None:
    """They would be mixed, also where two sources ask for them."""
    with pytest.raises(UsageError) as refusal:
        merged(folder, {"junit": "-"}, {"SWITCHBACK_JSON": "-"})
    assert str(refusal.value) == (
        "SWITCHBACK_JSON in the environment - contradicts --junit -: leave one of them out"
    )
    assert merged(folder, {"json": "-"}, {"SWITCHBACK_JSON": "x"}).json == STDOUT


def test_a_mistake_is_refused_although_a_flag_overrides_it(folder: Path) -> None:
    """A value that cannot be right is not left for the day on which it counts."""
    with pytest.raises(UsageError, match="invalid value 'many' for 'last' in"):
        merged(folder, {"last": "1"}, pyproject='[tool.switchback]\nlast = "many"\n')


def test_acknowledgements(folder: Path) -> None:
    """Acknowledgements with a reason arrive as they were written."""
    toml = '[tool.switchback.acknowledge]\n"blog.0009_drop" = {irreversible = "backed up by hand"}\n'
    assert merged(folder, pyproject=toml).acknowledge == {
        "blog.0009_drop": {"irreversible": AcknowledgementEntry("backed up by hand")}
    }


def test_acknowledgements_with_limits(folder: Path) -> None:
    """One may be bound to the migration's content and to a last day, in either notation of TOML."""
    toml = """
    [tool.switchback.acknowledge]
    "blog.0009_drop".irreversible = { reason = "by hand ", content = "a1b2", until = 2027-01-31 }
    "blog.0009_drop".rollback-fails = "known"
    """
    assert merged(folder, pyproject=toml).acknowledge == {
        "blog.0009_drop": {
            "irreversible": AcknowledgementEntry("by hand", "a1b2", date(2027, 1, 31)),
            "rollback-fails": AcknowledgementEntry("known"),
        }
    }


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("3", "'3' for {}: expected \"app.migration_name\" = {{rule"),
        ('{reason = "..."}', "'...' for {}: expected \"app.migration_name\" = {{rule"),
        ("{}", "'' for {}: expected \"app.migration_name\" = {{rule"),
        ('{content = "a1b2"}', "'' for {}: expected \"app.migration_name\" = {{rule"),
        ('{reason = "x", contents = "a"}', "'contents' for {}: expected only reason, content and until"),
        ('{reason = "x", content = 3}', "'3' for {}, 'content': expected the text that a report"),
        ('{reason = "x", content = ""}', "'' for {}, 'content': expected the text that a report"),
        (
            '{reason = "x", until = "2027-01-31"}',
            "'2027-01-31' for {}, 'until': expected a date without quotes",
        ),
        ('{reason = "x", until = 2027-01-31T10:00:00}', "for {}, 'until': expected a date without quotes"),
    ],
)
def test_acknowledgements_refused(folder: Path, entry: str, sentence: str) -> None:
    """What is no acknowledgement is refused with the file, the migration, the rule and the key."""
    place = f"'acknowledge' in [tool.switchback] of {folder}/pyproject.toml, 'blog.0001_x', 'irreversible'"
    with pytest.raises(UsageError) as refusal:
        merged(folder, pyproject=f'[tool.switchback.acknowledge]\n"blog.0001_x".irreversible = {entry}\n')
    assert sentence.format(place) in str(refusal.value)


def test_severities(folder: Path) -> None:
    """Each entry of the array arrives, in order."""
    toml = """
    [[tool.switchback.severity]]
    rule = "blocking-lock"
    app = "blog"
    table = "blog_post"
    severity = "info"
    reason = "small "

    [[tool.switchback.severity]]
    rule = "table-rewrite"
    severity = "error"
    reason = "never"
    """
    assert merged(folder, pyproject=toml).severity == (
        SeverityEntry("blocking-lock", "info", "small", "blog", "blog_post"),
        SeverityEntry("table-rewrite", "error", "never"),
    )


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ('"error"', "'error' for {}: expected an array of tables: [[tool.switchback.severity]] with rule"),
        ("[1]", "'1' for {}, entry 1: expected a table with rule, severity and reason"),
        ('[{rule = "a", severity = "error"}]', "'' for {}, entry 1, 'reason': expected a non-empty string"),
        ('[{severity = "error", reason = "x"}]', "'' for {}, entry 1, 'rule': expected a non-empty string"),
        ('[{rule = "a", reason = "x"}]', "'' for {}, entry 1, 'severity': expected a non-empty string"),
        (
            '[{rule = "a", reason = "x", severity = "note"}]',
            "'note' for {}, entry 1, 'severity': expected error, warning or info",
        ),
        (
            '[{rule = "a", reason = "x", severity = "info", model = "b.C"}]',
            "'model' for {}, entry 1: expected only rule, app, table, severity and reason",
        ),
        (
            '[{rule = "a", reason = "x", severity = "info", app = 3}]',
            "'3' for {}, entry 1, 'app': expected a non-empty string",
        ),
    ],
)
def test_severities_refused(folder: Path, value: str, sentence: str) -> None:
    """What is no severity is refused with the file, the entry, the key and what was expected."""
    with pytest.raises(UsageError) as refusal:
        merged(folder, pyproject=f"[tool.switchback]\nseverity = {value}\n")
    place = f"'severity' in [tool.switchback] of {folder}/pyproject.toml"
    assert sentence.format(place) in str(refusal.value)


def test_keep(folder: Path) -> None:
    """What is to be left as the project has it, each once; by itself that is nothing."""
    assert merged(folder, pyproject='[tool.switchback]\nkeep = ["caches", "storage"]\n').keep == (
        "storage",
        "caches",
    )
    assert merged(folder).keep == ()


def test_password_is_never_shown(folder: Path) -> None:
    """Neither repr, str, rich nor a refusal shows the connection string."""
    config = merged(folder, {"database": (URL,)})
    console = Console(file=io.StringIO(), width=200)
    console.print(config)
    assert isinstance(console.file, io.StringIO)
    shown = f"{config} {config!r} {console.file.getvalue()}"
    with pytest.raises(UsageError) as refusal:
        merged(folder, {"database": (URL.replace("postgresql", "oracle"),)})
    assert SECRET not in shown + str(refusal.value)
    assert config.databases == (URL,)


@pytest.mark.parametrize(
    "text",
    [
        'import os\ndef main():\n    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "a.b")\n',
        'import os\nos.environ["DJANGO_SETTINGS_MODULE"] = "a.b"\n',
        'from os import environ as e\ne.setdefault("X", ""); e.setdefault("DJANGO_SETTINGS_MODULE", "a.b")\n',
    ],
)
def test_settings_of_manage(tmp_path: Path, text: str) -> None:
    """The settings module is read out of manage.py, which is not run."""
    manage = tmp_path / "manage.py"
    manage.write_text(f"{text}raise SystemExit\n")
    assert settings_of(manage) == "a.b"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("print('hello')\n", "no settings module: {} sets no DJANGO_SETTINGS_MODULE; name one by --settings"),
        ("def (:\n", "cannot read {}"),
    ],
)
def test_no_settings(folder: Path, text: str, sentence: str) -> None:
    """A manage.py that sets no settings module, or is no Python, is refused with what to do."""
    (folder / "manage.py").write_text(text)
    with pytest.raises(UsageError) as refusal:
        load_config({}, {}, folder)
    assert sentence.format(folder / "manage.py") in str(refusal.value)
    assert load_config({"settings": "x.y"}, {}, folder).settings == "x.y"


def test_no_manage_file(tmp_path: Path) -> None:
    """A folder without manage.py is no project."""
    with pytest.raises(
        UsageError,
        match=r"no manage\.py lies there or at most two levels below; name the folder .* by --project",
    ):
        load_config({}, {}, tmp_path)


def test_interpreter_is_not_resolved(folder: Path) -> None:
    """A virtual environment's Python is a link: it is called by the link's name."""
    link = folder / "python"
    link.symlink_to(sys.executable)
    assert load_config({"python": str(link)}, {}, folder).python == str(link)


def test_options_have_distinct_names() -> None:
    """No two options share a name."""
    assert len({option.name for option in RUN_OPTIONS}) == len(RUN_OPTIONS)
