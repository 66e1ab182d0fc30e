"""The cluster: what is refused before anything is sent, and which connections are warned of."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from django_switchback.cli import main
from django_switchback.config.config import Config, load_config
from django_switchback.config.tables import AcknowledgementEntry
from django_switchback.dask_cluster import cluster_run
from django_switchback.dask_cluster.run_shard import (
    decode_config,
    describe_machine,
    differences,
    encode_config,
)
from django_switchback.dask_cluster.scheduler_address import (
    UnreadableSchedulerFile,
    is_open,
    scheduler_address,
    warning,
)

MANAGE = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder that is a Django project as far as the edge looks."""
    (tmp_path / "manage.py").write_text(MANAGE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def configured(folder: Path, **flags: Any) -> Config:
    """Return the config of these flags."""
    return load_config(flags, {}, folder)


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("tcp://127.0.0.1:8786", False),
        ("tcp://localhost:8786", False),
        ("tcp://192.0.2.1:8786", True),
        ("tls://192.0.2.1:8786", False),
        ("tcp://no-such-host.invalid:8786", True),
        ("inproc://192.0.2.1/1/1", True),
    ],
)
def test_another_machine_without_tls_is_warned_of(address: str, warned: bool) -> None:
    """Whoever reaches such a scheduler can run code; on this machine that is whoever has an account."""
    assert is_open(address) is warned


def test_the_warning_names_the_address(folder: Path) -> None:
    """It says what can happen, and what to use."""
    told = warning(configured(folder, cluster="tcp://192.0.2.1:8786"))
    assert told.startswith("WARNING: tcp://192.0.2.1:8786 is another machine, without TLS")
    assert "tls://" in told
    assert warning(configured(folder, cluster="tls://192.0.2.1:8786")) == ""


def test_a_scheduler_file_holds_the_address(folder: Path) -> None:
    """As Dask writes it."""
    (folder / "scheduler.json").write_text(json.dumps({"address": "tcp://192.0.2.1:8786"}))
    assert scheduler_address(configured(folder, cluster="scheduler.json")) == "tcp://192.0.2.1:8786"


@pytest.mark.parametrize("content", [None, "", "[]", "{}", "\x00"])
def test_another_file_is_refused(folder: Path, content: str | None) -> None:
    """With what was expected."""
    if content is not None:
        (folder / "scheduler.json").write_text(content)
    with pytest.raises(UnreadableSchedulerFile, match=r"cannot read .*scheduler\.json"):
        scheduler_address(configured(folder, cluster="scheduler.json"))


@pytest.mark.parametrize("address", ["http://scheduler:8786", "tcp://scheduler", "tcp://a:b@scheduler:1"])
def test_another_address_is_wrong_usage(
    folder: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is no address of a scheduler."""
    assert main(["--cluster", address]) == 2
    assert "for --cluster: expected the address of a Dask scheduler" in capsys.readouterr().err


def test_without_dask_the_extra_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run ends as wrong usage, with what to install."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "distributed" else find(name)
    )
    assert main(["--cluster", "tcp://127.0.0.1:1"]) == 2
    assert "pip install 'django-switchback[cluster]'" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--shard", "1/2"], ["--watch"]])
def test_options_that_contradict(folder: Path, option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The cluster makes shards of its own."""
    assert main(["--cluster", "tcp://127.0.0.1:1", *option]) == 2
    assert "contradicts" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--shard", "1/2", "--watch"], ["--shard", "1/2", "--write-baseline", "b.json"]]
)
def test_options_that_contradict_a_shard(
    folder: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A baseline of one shard would lack what the others find."""
    assert main(options) == 2
    assert "--shard" in capsys.readouterr().err


def test_no_scheduler(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that cannot begin is an error of the run."""
    monkeypatch.setattr(cluster_run, "CONNECT_SECONDS", 0.2)
    assert main(["--cluster", "tcp://127.0.0.1:1"]) == 3
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in capsys.readouterr().err


def test_a_config_is_sent_whole(folder: Path) -> None:
    """Paths and settings arrive as they were."""
    entry = '"blog.0001_a" = {irreversible = {reason = "r", until = 2027-01-31}}'
    (folder / "pyproject.toml").write_text(f"[tool.switchback.acknowledge]\n{entry}\n")
    config = configured(folder, rows="7", json="report.json", database=("sqlite", "postgresql-18"))
    assert isinstance(config.acknowledge["blog.0001_a"]["irreversible"], AcknowledgementEntry)
    assert decode_config(encode_config(config)) == config


def test_a_machine_is_described_by_versions_and_files(folder: Path) -> None:
    """An edit of code differs, by name; a database file, or what lies in hidden folders, does not."""
    before = describe_machine(str(folder))
    assert set(before) == {"Switchback", "Python", "Django", f"the files of {folder}"}
    (folder / "db.sqlite3").write_text("rows")
    (folder / ".cache").mkdir()
    (folder / ".cache/made.py").write_text("x = 1")
    assert describe_machine(str(folder)) == before
    (folder / "blog").mkdir()
    (folder / "blog/models.py").write_text("x = 1")
    after = describe_machine(str(folder))
    assert differences(before, before) == ""
    assert differences(after, before).startswith(f"the files of {folder} is ")
    assert "Django is 9.9 instead of" in differences(before | {"Django": "9.9"}, before)
    assert describe_machine(str(folder / "elsewhere"))[f"the files of {folder / 'elsewhere'}"] == "missing"
