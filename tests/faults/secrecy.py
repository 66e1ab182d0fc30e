"""Faults: passwords and keys that errors, output and settings would tell."""

from __future__ import annotations

from integration.servers import IN_URL, PASSWORD

from .case import Case, Expectation, Seen
from .expectations import one_line, says, verdict
from .projects import acting, sound

_PIECES = ("Zutritt", "4711")


def untold(*secrets: str) -> Expectation:
    """Promise that no output, report or evidence has any of ``secrets``."""

    def broken(seen: Seen) -> str:
        texts = [seen.out, seen.err, *seen.files.values()]
        told = [secret for secret in secrets if any(secret in text for text in texts)]
        return f"told: {told}" if told else ""

    return Expectation("none of it is told", broken)


def _malformed(name: str, url: str) -> tuple[Case, Case]:
    """Return two cases of a URL that cannot be read: as an option, and as a variable."""
    expects = (one_line(), untold(*_PIECES, "Zutritt-4711"))
    return (
        Case(name=f"{name}, by --database", project=sound(), databases=(url,), status=(2,), expects=expects),
        Case(
            name=f"{name}, by SWITCHBACK_DATABASE",
            project=sound(),
            databases=(),
            status=(2,),
            expects=expects,
            variables={"SWITCHBACK_DATABASE": url},
        ),
    )


def _told_by(name: str, setting: str, value: str, text: str, secret: str = "") -> Case:
    """Return a case in which a setting's value is told by a migration's exception and output."""
    head = "from django.conf import settings\n"
    told = f"text = {text}\nprint(text, flush=True)\nraise RuntimeError(text)"
    return Case(
        name=f"a migration tells {name}",
        project=acting(told, head=head, settings=f"{setting} = {value}"),
        words=("--verbose",),
        status=(1,),
        expects=(verdict("things.0002_acts", "failed"), untold(secret or "Losungswort-0815")),
    )


_VALUE = "'Losungswort-0815'"
_TOLD = tuple(
    _told_by(f"the setting {name}", name, _VALUE, f"'it is ' + settings.{name}")
    for name in (
        "DSN",
        "MAIL_AUTH",
        "HASH_SALT",
        "CREDENTIALS",
        "SIGNING_PEM",
        "API_TOKEN",
        "EMAIL_HOST_PASSWORD",
    )
)
_SHAPES = (
    _told_by("a secret beside letters", "API_TOKEN", _VALUE, "'x' + settings.API_TOKEN + '9'"),
    _told_by("a secret of bytes", "API_TOKEN", "b'Losungswort-0815'", "settings.API_TOKEN.decode()"),
    _told_by(
        "a secret in a nested setting",
        "SERVICES",
        "{'mail': [{'password': 'Losungswort-0815'}]}",
        "settings.SERVICES['mail'][0]['password']",
    ),
    _told_by(
        "a secret on a line of source",
        "API_TOKEN",
        _VALUE,
        "'the source'; raise RuntimeError(settings.API_TOKEN)",
    ),
    _told_by(
        "a secret, percent-encoded",
        "API_TOKEN",
        "'Losungs/wort 0815'",
        "__import__('urllib.parse').parse.quote(settings.API_TOKEN, safe='')",
        "Losungs%2Fwort%200815",
    ),
)

_SERVER = (
    Case(
        name="a wrong password, with --verbose",
        project=sound(),
        databases=("postgresql://team_maker:Losungswort-0815@/team_shop?host={socket}&port=5432",),
        server="postgresql-15",
        words=("--verbose",),
        status=(3,),
        expects=(says("password authentication failed"), untold("Losungswort")),
    ),
    Case(
        name="nobody listens, with --verbose",
        project=sound(),
        databases=("postgresql://somebody:Losungswort-0815@127.0.0.1:1/shop",),
        words=("--verbose",),
        status=(3,),
        expects=(untold("Losungswort"),),
    ),
    *(
        Case(
            name=f"a migration {said} the password of its connection",
            project=acting(
                f"text = editor.connection.settings_dict['PASSWORD'] + repr(dict(os.environ))\n{act}",
                settings="import os\nAPI_TOKEN = os.environ['API_TOKEN']",
            ),
            databases=("{url}",),
            server="postgresql-15",
            variables={"DATABASE_URL": "{url}", "API_TOKEN": "Losungswort-0815"},
            words=("--verbose",),
            status=(1,),
            expects=(verdict("things.0002_acts", "failed"), untold(PASSWORD, IN_URL, "Losungswort")),
        )
        for said, act in (
            ("raises", "raise RuntimeError(text)"),
            ("prints", "print(text, flush=True)\nos._exit(3)"),
        )
    ),
    Case(
        name="settings raise with the URL in their text",
        project=sound(settings="raise ValueError('cannot read ' + os.environ['DATABASE_URL'])"),
        databases=("sqlite",),
        variables={"DATABASE_URL": "postgresql://me:Losungswort-0815@host/db"},
        words=("--verbose",),
        status=(2,),
        expects=(untold("Losungswort"),),
    ),
)

CASES = (
    *_malformed("a password with a slash", "postgresql://me:Kein/Zutritt-4711@host/db"),
    *_malformed("a password with a blank", "postgresql://me:Kein Zutritt-4711@host/db"),
    *_malformed("a password with an at sign", "postgresql://me:Kein@Zutritt-4711@host/db"),
    *_malformed("a password with a number sign", "postgresql://me:Kein#Zutritt-4711@host/db"),
    *_malformed("a password with a wrong escape", "postgresql://me:Kein%zzZutritt-4711@host/db"),
    *_malformed("a password and a port that is none", "postgresql://me:Zutritt-4711@host:port/db"),
    *_TOLD,
    *_SHAPES,
    *_SERVER,
)
