"""A secret of the project is in no output: not in the log, a report, on standard output or standard error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from integration.making import App, Ran, creates, environment, migration, project, switchback, write

SETTINGS = """
    from django.utils.functional import SimpleLazyObject
    from django.utils.safestring import SafeString

    SECRET_KEY = SafeString("Klammheimlich-und-lang-genug-0815")
    SENTRY_DSN = "https://0123sentry4567@sentry.example/1"
    SIGNING_SALT = b"Meersalz-4711"
    LDAP_AUTH = SimpleLazyObject(lambda: "anmelden-1234")
    VAULT_CREDENTIALS = {"role": "Rolle-9876", "code": "Code-5432"}
    PRIVATE_PEM = "-----BEGIN KEY-----\\nMIIEvQIBADANBgkqhkiG9w0\\n-----END KEY-----\\n"
"""
SECRETS = (
    "Klammheimlich",
    "0123sentry4567",
    "Meersalz",
    "anmelden-1234",
    "Rolle-9876",
    "Code-5432",
    "MIIEvQIBADANBgkqhkiG9w0",
    "Variable-2468",
    "Quelle-1357",
)
TELLS = """
def tells(apps, editor):
    import os
    from django.conf import settings
    print(settings.SECRET_KEY, os.environ["BROKER_AUTH"])
    raise RuntimeError(
        f"x{settings.SECRET_KEY}9 {settings.SENTRY_DSN} {settings.SIGNING_SALT} 1{settings.LDAP_AUTH}a "
        f"{settings.VAULT_CREDENTIALS} {settings.PRIVATE_PEM.splitlines()[1]}7 _{os.environ['BROKER_AUTH']}_"
    )
"""


def told(ran: Ran, folder: Path) -> list[str]:
    """Return the secrets that any output of a run holds."""
    results = folder.parent / f"{folder.name}-results"
    texts = [ran.out, ran.err, *(file.read_text() for file in results.iterdir())]
    return [secret for secret in SECRETS if any(secret in text for text in texts)]


def test_secrets_that_a_migration_tells(tmp_path: Path) -> None:
    """Secrets of any name and class that stand right beside other letters stay hidden in every output."""
    blog = App(
        {
            "0001_initial": migration(creates("Post")),
            "0002_tells": migration(
                "migrations.RunPython(tells, migrations.RunPython.noop)",
                after=[("blog", "0001_initial")],
                head=TELLS,
            ),
        },
        models="class Post(models.Model): pass",
    )
    folder = project(tmp_path / "p", {"blog": blog}, settings=SETTINGS)
    words = ("--verbose", "--junit", "report.xml", "--markdown", "report.md")
    ran = switchback(folder, *words, BROKER_AUTH="Variable-2468")
    assert "forward-fails" in {finding["rule"] for finding in ran.entry("blog.0002_tells")["findings"]}
    assert told(ran, folder) == []


def test_secrets_of_settings_that_raise(tmp_path: Path) -> None:
    """Settings that raise half-way tell none of what they had by then, nor of the line that raised."""
    settings = SETTINGS + "    API_TOKEN = [].index(SECRET_KEY, 'Quelle-1357')\n"
    blog = App({"0001_initial": migration(creates("Post"))}, models="class Post(models.Model): pass")
    folder = project(tmp_path / "p", {"blog": blog}, settings=settings)
    ran = switchback(folder, "--verbose")
    assert ran.status == 2
    assert "API_TOKEN = " in ran.err
    assert told(ran, folder) == []


def test_secrets_of_a_program_that_raises(tmp_path: Path) -> None:
    """Nor do settings that a program configures without a module, before it raises."""
    program = """
        from django.conf import settings

        settings.configure(SECRET_KEY="Klammheimlich", VAULT_CREDENTIALS={"role": "Rolle-9876"})
        raise RuntimeError(f"{settings.SECRET_KEY} opens no vault for {settings.VAULT_CREDENTIALS}")
    """
    folder = write(tmp_path / "p", {"run.py": program})
    ran = switchback(folder, "--manage", "./run.py")
    assert ran.status == 2
    assert "RuntimeError: *** opens no vault for {'role': '***'}" in ran.err
    assert told(ran, folder) == []


def test_urls_that_are_refused(tmp_path: Path) -> None:
    """A database URL that is not percent-encoded is refused by what is to be done, and not repeated."""
    blog = App({"0001_initial": migration(creates("Post"))}, models="class Post(models.Model): pass")
    folder = project(tmp_path / "p", {"blog": blog})
    for url in ("postgresql://me:12/Quelle-1357@h/db", "postgresql://me:x Quelle-1357 y@h/db"):
        for ran in (
            switchback(folder, databases=(url,)),
            switchback(folder, databases=(), SWITCHBACK_DATABASE=url),
            switchback(folder, databases=(), DATABASE_URL=url),
        ):
            assert ran.status == 2
            assert "%2F" in ran.err
            assert told(ran, folder) == []
    command = [sys.executable, "-m", "django_switchback", "run", "postgresql://me:12/Quelle-1357@h/db"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
    assert (done.returncode, "Quelle" in done.stderr) == (2, False)
