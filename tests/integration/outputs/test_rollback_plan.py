"""``plan --rollback``: its statements are those that plain ``migrate`` sends, without the values."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from integration.making import (
    NUMBER,
    App,
    adds,
    chain,
    command,
    creates,
    environment,
    model,
    project,
    switchback,
)

STATEMENTS = "statements.log"
# Writes down what plain Django sends, where the variable asks for it.
LOGGING_APP = """
    import os

    from django.apps import AppConfig
    from django.db.backends.signals import connection_created

    def logged(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        with open(os.environ["STATEMENTS"], "a") as file:
            print(repr(sql), file=file)
        return result

    class LoggingConfig(AppConfig):
        name = "logs"

        def ready(self):
            if "STATEMENTS" in os.environ:
                connection_created.connect(
                    lambda connection, **_: connection.execute_wrappers.append(logged), weak=False
                )
"""
FILLS = """migrations.RunPython(
    lambda apps, editor: apps.get_model('blog', 'Post').objects.update(n=1),
    lambda apps, editor: [post.save() for post in apps.get_model('blog', 'Post').objects.all()],
)"""
LABELS = "migrations.RunSQL('SELECT 1', \"UPDATE blog_post SET title = 'private', n = 7 WHERE n <> 4711\")"
BLOG = chain(
    ("0001_initial", creates("Post", "title=models.CharField(max_length=40)")),
    ("0002_number", adds("post", NUMBER)),
    ("0003_filled", FILLS),
    ("0004_labels", LABELS),
    ("0005_unique", "migrations.AlterField('post', 'n', models.IntegerField(default=0, null=True))"),
    ("0006_tag", creates("Tag", NUMBER)),
    app="blog",
)
MODELS = model(
    "Post", "title = models.CharField(max_length=40); n = models.IntegerField(default=0, null=True)"
)
READ_OR_CONTROL = re.compile(r"SELECT|SAVEPOINT|RELEASE|BEGIN|PRAGMA [^=]*$")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project whose last five migrations change schema and rows."""
    blog = App(BLOG, MODELS + model("Tag", "n = models.IntegerField(default=0)"))
    made = project(tmp_path / "project", {"blog": blog}, contrib=["logs.apps.LoggingConfig"])
    (made / "logs").mkdir()
    (made / "logs" / "__init__.py").touch()
    (made / "logs" / "apps.py").write_text(re.sub("(?m)^    ", "", LOGGING_APP), encoding="utf-8")
    return made


def planned(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``plan`` with ``words``."""
    start = command(folder)
    return subprocess.run(
        [*start[:3], "plan", *words],
        cwd=folder.parent,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def statements_in(plan: str) -> list[str]:
    """Return the statements of a plan, each as often as it was sent."""
    lines = re.findall(r"^(?!-- )(.+);(?:  -- .*?(?:sent (\d+) times)?)?$", plan, re.MULTILINE)
    return [sql for sql, times in lines for _ in range(int(times or 1))]


def test_the_statements_are_those_of_plain_migrate(folder: Path, tmp_path: Path) -> None:
    """The printed commands send the printed statements, in this order, on an empty database too."""
    done = planned(folder, "--rollback", "--project", str(folder), "--database", "sqlite", "--quiet")
    assert done.returncode == 0, done.stderr
    commands = re.findall(r"^-- (python .+)$", done.stdout, re.MULTILINE)
    # As it is typed where `plan` was.
    assert commands == ["python project/manage.py migrate blog 0001_initial"]
    log = tmp_path / STATEMENTS
    rows = "from blog.models import Post; [Post.objects.create(title=t, n=1) for t in 'ab']"
    for words, variables in (
        (["migrate"], {}),
        (["shell", "-c", rows], {}),
        (shlex.split(commands[0])[2:], {"STATEMENTS": str(log)}),
    ):
        subprocess.run(
            [sys.executable, "project/manage.py", *words],
            cwd=folder.parent,
            env=environment(**variables),
            check=True,
            capture_output=True,
            timeout=60,
        )
    sent = [ast.literal_eval(line).strip() for line in log.read_text(encoding="utf-8").splitlines()]
    sent = [sql.rstrip(";") for sql in sent if not READ_OR_CONTROL.match(sql)]
    shown = statements_in(done.stdout)
    # The rows are others, and so is the number of times that each of them is saved.
    assert [sql for sql, _ in grouped(shown)] == [sql for sql, _ in grouped(sent, redacted=True)]


def grouped(statements: list[str], *, redacted: bool = False) -> list[tuple[str, int]]:
    """Return statements with the number of repetitions that follow each other."""
    result: list[tuple[str, int]] = []
    for statement in statements:
        moves_data = redacted and statement.startswith(("UPDATE", "INSERT", "DELETE"))
        sql = re.sub(r"'[^']*'|(?<![\w\"])\d+(?!\w)", "…", statement) if moves_data else statement
        times = result.pop()[1] + 1 if result and result[-1][0] == sql else 1
        result.append((sql, times))
    return result


def test_rows_are_told_and_values_are_not(folder: Path, tmp_path: Path) -> None:
    """A log gives the plan that a rehearsal gives, with the rows that are written and lost."""
    switchback(folder)
    log = tmp_path / "project-results" / "evidence.jsonl"
    done = planned(folder, "--rollback", "--evidence", str(log))
    assert done.returncode == 0, done.stderr
    assert "private" not in done.stdout
    assert "4711" not in done.stdout
    assert re.search(r"UPDATE blog_post SET title = …, n = … WHERE n <> …;  -- \d+ rows\n", done.stdout)
    assert re.search(r"-- blog\.0006_tag, in one transaction\n-- loses \d+ rows of blog_tag\n", done.stdout)
    assert re.search(r"UPDATE \"blog_post\" SET .*;  -- (\d+) rows, sent \1 times\n", done.stdout)


def test_what_cannot_be_rolled_back_is_told(tmp_path: Path) -> None:
    """Targets that stay are listed with the reason, with status 1; a log without a rollback is refused."""
    steps = chain(
        ("0001_initial", creates("Post")),
        ("0002_stays", "migrations.RunPython(migrations.RunPython.noop)"),
        ("0003_number", adds("post", NUMBER)),
        app="blog",
    )
    folder = project(
        tmp_path / "p", {"blog": App(steps, model("Post", "n = models.IntegerField(default=0)"))}
    )
    done = planned(folder, "--rollback", "--project", str(folder), "--database", "sqlite", "--quiet")
    assert done.returncode == 1
    assert "-- blog.0003_number, in one transaction\n" in done.stdout
    told = done.stdout.partition("-- Not rolled back in the rehearsal:\n")[2]
    assert "-- blog.0002_stays: IrreversibleError" in told
    assert "-- blog.0001_initial: blog.0002_stays could not be rolled back" in told
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    refused = planned(folder, "--rollback", "--evidence", str(empty))
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "holds no rollback of the release" in refused.stderr
    assert planned(folder).returncode == 2
