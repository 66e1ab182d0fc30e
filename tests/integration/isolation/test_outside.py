"""What a project keeps outside of its databases: files, messages, caches. A rehearsal leaves it alone."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from integration.making import App, Ran, chain, creates, migration, model, project, switchback, write

SETTINGS = """
    from pathlib import Path

    BASE = Path(__file__).parent / "outside"
    STATIC_URL = "static/"
    MEDIA_ROOT = BASE / "media"
    STATIC_ROOT = BASE / "static"
    FILE_UPLOAD_TEMP_DIR = str(BASE / "uploads")
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(BASE / "private")},
        },
        "own": {"BACKEND": "backends.Own"},
        "bucket": {"BACKEND": "backends.Bucket", "OPTIONS": {"name": "invoices"}},
    }
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(BASE / "mail")
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": str(BASE / "cache"),
            "KEY_PREFIX": "shop",
        },
        "other": {"BACKEND": "locks.Lockable", "LOCATION": str(BASE / "other")},
    }
"""
BACKENDS = """
    from pathlib import Path

    from django.core.files.base import File
    from django.core.files.storage import FileSystemStorage, Storage

    BASE = Path(__file__).parent / "outside"


    class Own(FileSystemStorage):
        def __init__(self):
            super().__init__(location=BASE / "own")


    class Bucket(Storage):
        def __init__(self, name):
            self.bucket_name = name

        def _save(self, name, content):
            (BASE / "bucket" / name).write_bytes(content.read())
            return name

        def _open(self, name, mode="rb"):
            return File((BASE / "bucket" / name).open(mode))

        def exists(self, name):
            return (BASE / "bucket" / name).exists()

        def presigned(self, name):
            return f"https://{self.bucket_name}.test/{name}"
"""
LOCKS = """
    from pathlib import Path

    from django.core.cache.backends.filebased import FileBasedCache

    BASE = Path(__file__).parent / "outside"


    class Lockable(FileBasedCache):
        def set(self, key, value, timeout=None, version=None, nx=False):
            return super().set(key, value, timeout, version)

        def lock(self, key):
            return (BASE / "other" / key).open("w")


    def connection_of(cache):
        if not hasattr(cache, "lock"):
            raise NotImplementedError("this cache is no other kind than the kind that it is")
"""
FOLDERS = ("media", "static", "uploads", "private", "mail", "cache", "other", "own", "bucket")
USES = """
from pathlib import Path

from django.conf import settings
from django.core import mail
from django.core.cache import cache, caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages


def use(way):
    for alias in ("default", "staticfiles", "private", "own", "bucket"):
        name = storages[alias].save(f"{way}.txt", ContentFile(b"x"))
        assert storages[alias].open(name).read() == b"x", alias
    default_storage.save("more.txt", ContentFile(b"x"))
    (settings.MEDIA_ROOT / f"{way}-beside.txt").write_text("x")
    for setting in ("STATIC_ROOT", "FILE_UPLOAD_TEMP_DIR"):
        Path(getattr(settings, setting), f"{way}.txt").write_text("x")
    mail.send_mail(way, "Hello", "a@example.com", ["b@example.com"])
    cache.set(way, {"a": 1}, 60)
    assert cache.get(way) == {"a": 1}
    assert cache.make_key("k") == "shop:1:k"
    caches["other"].set(way, 2)


def forwards(apps, editor):
    use("forwards")


def backwards(apps, editor):
    use("backwards")
"""


def shop(folder: Path, **migrations: str) -> Path:
    """Write a project that keeps something in each place there is, with ``migrations`` after the first."""
    steps = chain(("0001_initial", creates("Note", "text=models.TextField(default='')")), app="notes")
    before = "0001_initial"
    for name, text in migrations.items():
        steps[name] = text.replace("BEFORE", before)
        before = name
    app = App(steps, "class Note(models.Model):\n    text = models.TextField(default='')\n")
    return outside(project(folder, {"notes": app}, settings=SETTINGS))


def outside(folder: Path) -> Path:
    """Write the project's own backends and what they keep by now."""
    write(folder, {"backends.py": BACKENDS, "locks.py": LOCKS})
    for place in FOLDERS:
        (folder / "outside" / place).mkdir(parents=True)
        (folder / "outside" / place / "canary").write_text(place)
    return folder


def running(body: str, head: str = USES) -> str:
    """Return a migration that runs ``body`` on its way forward and back."""
    return migration(f"migrations.RunPython({body})", after=[("notes", "BEFORE")], head=head)


def content(folder: Path) -> dict[str, bytes]:
    """Return every file of the places outside."""
    root = folder / "outside"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_files_mail_and_caches_of_the_project_are_left_alone(tmp_path: Path) -> None:
    """Whatever migrations store, send and cache, in the worker and in the plain command that confirms."""
    fails = "\ndef fails(apps, editor):\n    use('fails')\n    raise ValueError('so it is')\n"
    folder = shop(
        tmp_path / "shop",
        m0002_uses=running("forwards, backwards"),
        m0003_fails=running("forwards, fails", USES + fails),
    )
    before = content(folder)
    ran = switchback(folder)
    assert ran.verdicts() == {
        "notes.0001_initial": "passed",
        "notes.m0002_uses": "passed",
        "notes.m0003_fails": "failed",
    }, ran.out + ran.err
    assert {item["confirmed"] for item in ran.entry("notes.m0003_fails")["findings"]} == {True}
    assert content(folder) == before


LOADING = """
    from django.core.cache import cache
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.core.mail import send_mail

    if "SWITCHBACK_FILES" in __import__("os").environ:
        cache.set("loading", 1)
        default_storage.save("loading.txt", ContentFile(b"x"))
        send_mail("loading", "Hello", "a@example.com", ["b@example.com"])
"""


def test_settings_that_use_them_while_they_are_loaded(tmp_path: Path) -> None:
    """They get those of the run, and nothing that was opened then outlives the loading."""
    folder = shop(tmp_path / "shop", m0002_uses=running("forwards, backwards"))
    with (folder / "settings.py").open("a") as settings:
        settings.write(dedent(LOADING))
    before = content(folder)
    ran = switchback(folder)
    assert ran.verdicts()["notes.m0002_uses"] == "passed", ran.out + ran.err
    assert content(folder) == before


@pytest.mark.parametrize(
    ("family", "places"),
    [
        ("storage", {"media", "static", "uploads", "private", "own", "bucket"}),
        ("mail", {"mail"}),
        ("caches", {"cache", "other"}),
    ],
)
def test_a_family_may_be_kept(tmp_path: Path, family: str, places: set[str]) -> None:
    """``keep`` leaves that one as the project has it, and no other."""
    folder = shop(tmp_path / "shop", m0002_uses=running("forwards, backwards"))
    write(folder, {"pyproject.toml": f"[tool.switchback]\nkeep = ['{family}']\n"})
    before = content(folder)
    ran = switchback(folder)
    assert ran.verdicts()["notes.m0002_uses"] == "passed", ran.out + ran.err
    assert {name.partition("/")[0] for name in content(folder).keys() - before.keys()} == places


HEAD = """
from pathlib import Path

from django.conf import settings
from django.core.cache import cache, caches
from django.core.files.storage import storages

import locks


def forwards(apps, editor):
    {body}
"""
LACKING = {
    "lock": ("caches['other'].lock('a')", "CACHES['other']"),
    "argument": ("caches['other'].set('a', 1, nx=True)", "CACHES['other']"),
    "package": ("locks.connection_of(caches['other'])", "CACHES['other']"),
    "method": ("storages['bucket'].presigned('a')", "STORAGES['bucket']"),
    "attribute": ("storages['bucket'].bucket_name", "STORAGES['bucket']"),
    "file": ("(settings.MEDIA_ROOT / 'canary').read_text()", "MEDIA_ROOT"),
    "private": ("storages['private'].open('canary')", "STORAGES['private']"),
    "object": ("storages['bucket'].open('canary')", "STORAGES['bucket']"),
}
"""What the project's own backend has, and the setting that a rehearsal replaces it by."""
WRONG = {
    "noattribute": "caches['other'].nonsense",
    "noargument": "caches['other'].set('a', 1, nonsense=True)",
    "nopath": "storages['bucket'].path('a')",
    "nomethod": "storages['own'].nonsense",
    "nofile": "(settings.MEDIA_ROOT / 'nothing').read_text()",
}
"""What fails with the project's own backend as well."""
RIGHT = {"asks": "getattr(caches['other'], 'lock', print)", "path": "storages['own'].path('a')"}


def doing(folder: Path, bodies: dict[str, str], **files: str) -> Ran:
    """Rehearse a project in which the second migration of each app does what ``bodies`` says."""
    apps = {}
    for label, body in bodies.items():
        steps = chain(("0001_initial", creates("Note")), app=label)
        runs = "migrations.RunPython(forwards, migrations.RunPython.noop)"
        steps["0002_does"] = migration(runs, after=[(label, "0001_initial")], head=HEAD.format(body=body))
        apps[label] = App(steps, model("Note"))
    outside(project(folder, apps, settings=SETTINGS))
    return switchback(write(folder, files))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Give the rehearsal of a project with a migration of each kind."""
    lacking = {name: body for name, (body, _) in LACKING.items()}
    return doing(tmp_path_factory.mktemp("outside") / "shop", {**lacking, **WRONG, **RIGHT})


@pytest.mark.parametrize("label", LACKING)
def test_what_is_lacking_here_is_no_error_and_no_pass(ran: Ran, label: str) -> None:
    """Where the project's own backend has it, a warning names the setting, and the migration is skipped."""
    entry, setting = ran.entry(f"{label}.0002_does"), LACKING[label][1]
    assert {item["severity"] for item in entry["findings"]} == {"warning"}, ran.out + ran.err
    assert all(f"The rehearsal replaces {setting}" in item["message"] for item in entry["findings"])
    assert (entry["verdict"], entry["acknowledged"]) == ("skipped", [])
    assert setting in entry["reason"]


@pytest.mark.parametrize("label", WRONG)
def test_what_nothing_has_is_an_error(ran: Ran, label: str) -> None:
    """It fails with the project's own backend as well."""
    entry = ran.entry(f"{label}.0002_does")
    assert entry["verdict"] == "failed", ran.out + ran.err
    assert not any("replaces" in item["message"] for item in entry["findings"])


@pytest.mark.parametrize("label", RIGHT)
def test_who_can_do_without_passes(ran: Ran, label: str) -> None:
    """A migration that asks first is rehearsed without."""
    assert ran.verdicts()[f"{label}.0002_does"] == "passed", ran.out + ran.err


def test_what_is_kept_is_not_lacking(tmp_path: Path) -> None:
    """The remedy that the warning names; without it the skip fails the run."""
    lacking = {"lock": LACKING["lock"][0]}
    assert doing(tmp_path / "replaced", lacking).status == 1
    kept = doing(tmp_path / "kept", lacking, **{"pyproject.toml": "[tool.switchback]\nkeep = ['caches']\n"})
    assert (kept.status, kept.verdicts()["lock.0002_does"]) == (0, "passed"), kept.out + kept.err
