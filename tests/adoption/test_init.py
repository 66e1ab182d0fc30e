"""``switchback init``: files that work, nothing of the user's overwritten, and a run after an upgrade."""

from __future__ import annotations

import ast
import os
import re
import runpy
from pathlib import Path

import pytest
import yaml

from django_switchback import cli
from django_switchback.adoption import write
from django_switchback.adoption.detect import Detected, Installer, detect
from django_switchback.adoption.files import adoption_files
from django_switchback.adoption.init_command import init
from django_switchback.cli import main
from django_switchback.config.sources import Source, read_dotenv, read_variables

PATHS = {
    "noxfile.py",
    "tasks.py",
    "scripts/test_migrations.py",
    ".github/workflows/migrations.yml",
    ".github/pull_request_template.md",
}

VARIABLES = re.compile(
    r"\$(\{\{ (matrix\.shard|strategy\.job-index|github\.run_id) \}\}"
    r"|\{CI_NODE_(INDEX|TOTAL):-1\}|(CI_NODE_INDEX|SHARD|GITHUB_STEP_SUMMARY)\b)"
)
"""What CI replaces in the workflows: nothing that a stranger's pull request may choose."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a repository with a project and requirements."""
    (tmp_path / "manage.py").touch()
    (tmp_path / "requirements.txt").write_text("django\n")
    return tmp_path


def files(folder: Path) -> dict[str, str]:
    """Return the text of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("installer", ["pip", "uv", "poetry"])
@pytest.mark.parametrize("project", [".", "back end/site"])
def test_every_file_can_be_read(installer: Installer, project: str) -> None:
    """Python compiles, YAML parses, and no placeholder is left."""
    detected = Detected(
        Path(), project, installer, ("requirements.txt",), ("sqlite",), ("github", "gitlab"), "3.12"
    )
    for file in adoption_files(detected):
        if file.path.endswith(".py"):
            ast.parse(file.text)
        elif file.path.endswith(".yml"):
            assert yaml.safe_load(file.text)
        assert "$" not in VARIABLES.sub("", file.text)
    script = next(file.text for file in adoption_files(detected) if file.path.startswith("scripts"))
    assert f'parents[1] / "{project}"' in script


def test_the_workflows_merge_all_shards(root: Path) -> None:
    """A second job has the evidence of each machine, and runs even where one of them failed or is missing."""
    (root / ".gitlab-ci.yml").touch()
    (root / ".github").mkdir()
    init(root, dry_run=False)
    jobs = yaml.safe_load((root / ".github/workflows/migrations.yml").read_text())["jobs"]
    assert jobs["rehearsal"]["strategy"]["matrix"] == {"shard": ["1/1"]}
    assert (jobs["migrations"]["needs"], jobs["migrations"]["if"]) == ("rehearsal", "always()")
    (judges,) = (step for step in jobs["migrations"]["steps"] if "nox -s" in step.get("run", ""))
    assert judges["run"] == "nox -s report -- shards/*/*.jsonl"
    uploads, downloads = jobs["rehearsal"]["steps"][-1], jobs["migrations"]["steps"][-4]
    assert uploads["with"]["path"] == ".switchback/*.jsonl"
    assert downloads["with"] == {"pattern": "shard-*", "path": "shards"}
    gitlab = yaml.safe_load((root / ".gitlab/migrations.yml").read_text())
    assert (gitlab["migrations"]["needs"], gitlab["migrations"]["when"]) == (["rehearsal"], "always")
    assert gitlab["rehearsal"]["artifacts"]["paths"] == ["shard-*/"]
    assert gitlab["migrations"]["script"][-1] == "nox -s report -- shard-*/*.jsonl"


def test_it_writes_its_files(root: Path) -> None:
    """And says so, with what to do next."""
    before = files(root)
    told = init(root, dry_run=False)
    assert files(root).keys() - before.keys() == PATHS
    assert told.count("created ") == len(PATHS)
    assert "Next: pip install nox invoke && nox -s migrations" in told
    # One database alone is nox -s "migrations(sqlite)".
    assert "[nox.param(name, id=name) for name in ['sqlite', 'postgresql']]" in files(root)["noxfile.py"]


def test_a_dry_run_writes_nothing(root: Path) -> None:
    """It says what would be written."""
    before = files(root)
    assert init(root, dry_run=True).count("would create ") == len(PATHS)
    assert files(root) == before


def test_a_second_run_changes_nothing(root: Path) -> None:
    """Whoever types it again sees that all is as it was."""
    init(root, dry_run=False)
    before = files(root)
    assert init(root, dry_run=False).count("unchanged ") == len(PATHS)
    assert files(root) == before


def test_a_file_of_the_users_stays(root: Path) -> None:
    """What init would write lies beside it, and the conflict is named; again on the next run."""
    (root / "noxfile.py").write_text("import nox\n")
    for _ in range(2):
        told = init(root, dry_run=False)
        assert (root / "noxfile.py").read_text() == "import nox\n"
        assert "def migrations" in (root / "noxfile.py.new").read_text()
        assert "To merge by hand: noxfile.py." in told
        assert "nox cannot read noxfile.py.new: until it is merged, mv noxfile.py.new rehearsals.py\n" in told
        assert told.endswith("&& nox -f rehearsals.py -s migrations\n")


def test_an_edited_file_stays(root: Path) -> None:
    """A file of init's that somebody edited since is the user's."""
    init(root, dry_run=False)
    edited = (root / "tasks.py").read_text().replace("all_checks", "everything")
    (root / "tasks.py").write_text(edited)
    assert "conflict     tasks.py" in init(root, dry_run=False)
    assert (root / "tasks.py").read_text() == edited


def test_an_upgrade_updates_what_nobody_edited(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the version that wrote it before."""
    with monkeypatch.context() as older:
        older.setattr(write, "version", lambda: "0.0.9")
        changed = tuple(file._replace(text=f"# older\n{file.text}") for file in adoption_files(detect(root)))
        write.apply(write.plan(root, changed))
    told = init(root, dry_run=False)
    assert told.count("updated ") == len(PATHS)
    assert "it was written by version 0.0.9" in told
    assert "# older" not in "".join(files(root).values())


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_whatever_is_there_is_the_users(root: Path, kind: str) -> None:
    """A dangling link is not written through, a folder is no crash."""
    if kind == "link":
        (root / "tasks.py").symlink_to(root / "elsewhere.py")
    else:
        (root / "tasks.py").mkdir()
    assert "conflict     tasks.py" in init(root, dry_run=False)
    assert not (root / "elsewhere.py").exists()


def test_a_new_file_of_the_users_is_not_overwritten(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where even the name beside the conflict is taken, the run ends with the reason."""
    (root / "tasks.py").write_text("mine")
    (root / "tasks.py.new").write_text("mine, too")
    with pytest.raises(write.NotWritten, match=r"cannot write .*tasks\.py\.new: File exists"):
        init(root, dry_run=False)
    assert (root / "tasks.py.new").read_text() == "mine, too"


def test_force_keeps_a_file_of_the_users_beside(root: Path) -> None:
    """It is renamed, unless that name is taken; a second run updates what the first wrote."""
    (root / "tasks.py").write_text("mine")
    before = files(root)
    assert "would replace tasks.py: yours would be in tasks.py.orig" in init(root, dry_run=True, force=True)
    assert files(root) == before
    assert "replaced     tasks.py: yours is in tasks.py.orig" in init(root, dry_run=False, force=True)
    assert (root / "tasks.py.orig").read_text() == "mine"
    assert "unchanged    tasks.py" in init(root, dry_run=False)
    (root / "tasks.py").write_text("mine again")
    with pytest.raises(write.NotWritten, match="File exists"):
        init(root, dry_run=False, force=True)
    assert (root / "tasks.py").read_text() == "mine again"


def test_another_folder(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The repository may be named."""
    assert main(["init", "--dry-run", str(root)]) == 0
    assert "would create noxfile.py" in capsys.readouterr().out


@pytest.mark.parametrize("source", ["flag", "pyproject"])
def test_a_program_in_place_of_manage_py(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    """A project without ``manage.py`` gets the same files; its script rehearses it through its program."""
    program = 'python -m "my shop"'
    (tmp_path / "pyproject.toml").write_text(
        f"[tool.switchback]\nmanage = '{program}'\n" if source == "pyproject" else ""
    )
    words = ["--manage", program] if source == "flag" else []
    assert main(["init", str(tmp_path), *words]) == 0
    told = capsys.readouterr().out
    assert "Django project of python -m 'my shop', installed by pip" in told
    line = told.partition("add to .env: ")[2].splitlines()[0]
    (tmp_path / ".env").write_text(line)
    assert read_dotenv(tmp_path)["manage"].value == ("python", "-m", "my shop")
    (tmp_path / ".env").unlink()
    assert files(tmp_path).keys() - {"pyproject.toml"} == PATHS
    monkeypatch.setenv("SWITCHBACK_PROJECT", "")
    monkeypatch.delenv("SWITCHBACK_PROJECT")
    monkeypatch.setenv("SWITCHBACK_MANAGE", "")
    monkeypatch.delenv("SWITCHBACK_MANAGE")
    read: list[Source] = []
    monkeypatch.setattr(cli, "main", lambda: read.append(read_variables(os.environ, "", tmp_path)))
    with pytest.raises(SystemExit):
        runpy.run_path(str(tmp_path / "scripts/test_migrations.py"), run_name="__main__")
    assert (read[0]["project"].value, read[0]["manage"].value) == (tmp_path, ("python", "-m", "my shop"))


def test_the_command(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``switchback init`` in the repository's root; without a project it is wrong usage."""
    monkeypatch.chdir(root)
    assert main(["init", "--dry-run"]) == 0
    assert "would create noxfile.py" in capsys.readouterr().out
    (root / "manage.py").unlink()
    assert main(["init"]) == 2
