"""Promises of redaction.py: a secret is in no text that goes on record, and what is none stays readable."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from django_switchback.evidence import (
    Compared,
    Comparison,
    Failure,
    MigrationName,
    RowDifference,
    RowExample,
    ScratchFinished,
)
from django_switchback.redaction import Redactor, secrets_in_mapping

NAME = MigrationName("blog", "0007_geheim")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("connection to geheim/1 failed", "connection to *** failed"),
        ("in a URL it is geheim%2F1.", "in a URL it is ***."),
        ("postgres://me:other@host/db", "postgres://me:***@host/db"),
        ("redis://:other@host/0 is down", "redis://:***@host/0 is down"),
        ("host=h password=other dbname=d", "host=h password=*** dbname=d"),
        (
            """{'USER': 'me', 'PASSWORD': 'an other', 'PORT': 1}""",
            """{'USER': 'me', 'PASSWORD': '***', 'PORT': 1}""",
        ),
        ("""put(apps, password="it's", name='me')""", """put(apps, password="***", name='me')"""),
        (r"""put(apps, password='it\'s "so"', name='me')""", """put(apps, password='***', name='me')"""),
        ("host=h password='never closed", "host=h password=*** closed"),
        ("""put(apps, password=None, name='me')""", """put(apps, password=None, name='me')"""),
        ("https://example.com/a@b is no password", "https://example.com/a@b is no password"),
        ("keygeheim/12 has it within", "key***2 has it within"),
        ("blogs and blog_post are other words than blog", "blogs and blog_post are other words than ***"),
        ('relation "postgres" does not exist', 'relation "postgres" does not exist'),
    ],
)
def test_texts(text: str, told: str) -> None:
    """A known secret goes however it is spelled; an unknown one goes from where passwords stand."""
    assert Redactor(["geheim/1", "postgres", "abc", "blog"]).text(text) == told


def test_a_secret_that_is_read_as_the_name_of_a_variable() -> None:
    """django-environ names the variable that ``SECRET_KEY=$...`` seems to refer to, without the ``$``."""
    text = "Set the x7-odd(key environment variable; a is not set"
    assert Redactor(["$x7-odd(key"]).text(text) == "Set the *** environment variable; a is not set"
    assert Redactor(["$abc"]).text("abc $abc") == "abc ***"


def test_records() -> None:
    """Every free text of a record is redacted; what identifies a migration or a database stays."""
    failure = Failure(type="Error", message="geheim/1", traceback="line\ngeheim/1", operation="geheim/1")
    record = Redactor(["geheim/1", "geheim", "sqlite"]).record(
        ScratchFinished(database="sqlite", seconds=1.0, migrations=2, failed=NAME, failure=failure)
    )
    assert record.database == "sqlite"
    assert record.failed == NAME
    assert record.failure == Failure(type="Error", message="***", traceback="line\n***", operation="***")


def test_rows() -> None:
    """Rows hold secrets too: a value that is one is not shown."""
    row = RowExample(change="changed", key={"id": "1"}, before={"token": "geheim"}, after={"token": None})
    compared = Compared(
        database="sqlite",
        migration=NAME,
        phase="cycle",
        moment="restored",
        rows_on_board="edge",
        comparison=Comparison(rows=(RowDifference("blog_post", changed=1, examples=(row,)),)),
    )
    redacted = Redactor(["geheim"]).record(compared)
    [found] = redacted.comparison.rows[0].examples
    assert (found.before, found.after) == ({"token": "***"}, {"token": None})
    assert Redactor(["nothing of it"]).record(compared) == compared


def test_secrets_of_settings() -> None:
    """Secrets are known by the names of settings and variables, wherever they are nested."""
    settings = {
        "SECRET_KEY": "one",
        "DATABASES": {"default": {"USER": "me", "PASSWORD": "two"}},
        "CACHES": {"default": {"LOCATION": ["redis://:th%20ree@host/1"]}},
        "SECRET_KEY_FALLBACKS": ["four"],
        "AUTH_PASSWORD_VALIDATORS": [{"NAME": "a.Validator"}],
        "PASSWORD_RESET_TIMEOUT": 5,
        "AUTH_USER_MODEL": "users.User",
    }
    assert set(secrets_in_mapping(settings)) == {"one", "two", "th%20ree", "th ree", "four"}


class Branded(str):
    """A text of a class of its own, as Django's ``SafeString`` is."""

    def __str__(self) -> str:
        return self


class Lazy:
    """A value that is made when somebody asks for it, or cannot be made."""

    def __init__(self, value: str | Exception) -> None:
        self._value = value

    @property
    def __class__(self) -> Any:
        """Claim to be what it stands for, as Django's lazy objects do."""
        return type(str(self))

    @__class__.setter
    def __class__(self, value: Any) -> None:
        raise TypeError(value)

    def __str__(self) -> str:
        if isinstance(self._value, Exception):
            raise self._value
        return self._value


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("SENTRY_DSN", "https://abcdef@sentry.example/1", {"https://abcdef@sentry.example/1"}),
        ("BROKER_AUTH", "one:two", {"one:two"}),
        ("HASHID_SALT", "three", {"three"}),
        ("AWS_CREDENTIALS", {"user": "four", "code": "five"}, {"four", "five"}),
        ("PRIVATE_PEM", b"six", {"six"}),
        ("SECRET_KEY", b"\xff\x00seven", {"\\xff\x00seven", "\\xff\\x00seven"}),
        ("SECRET_KEY", Branded("eight"), {"eight"}),
        ("SECRET_KEY", partial(Lazy, "nine"), {"nine"}),
        ("SECRET_KEY", partial(Lazy, RuntimeError("not now")), set()),
        ("STRIPE_KEY_LIVE", "ten", {"ten"}),
        ("SEARCH", partial(Lazy, RuntimeError("not asked for")), set()),
        ("PWD", "/home/me/project", set()),
        ("KEY", "-----BEGIN KEY-----\nMIIEvQIBADAN\n-----END KEY-----", {"MIIEvQIBADAN"}),
        ("URL", "postgres://me:pa/ss@host/db", {"pa/ss", "pa", "ss"}),
        ("URLS", "sqlite postgres://me:pa ss@host/db", {"pa ss", "pa", "ss"}),
        ("URLS", "redis://:one@host/0 postgres://me:two@host/db", {"one", "two"}),
        ("URL", "postgres://host/db?user=me&password=se%20ven", {"se%20ven", "se ven"}),
        ("URL", "http://localhost:8000/to/somebody@example.com", set()),
    ],
)
def test_what_is_secret(name: str, value: object, secrets: set[str]) -> None:
    """Values are known by their names whatever their class; a malformed URL's password by its pieces."""
    # Made here: pytest asks values what they are.
    found = set(secrets_in_mapping({name: value() if isinstance(value, partial) else value}))
    assert secrets <= found
    assert secrets or not found
    assert {type(secret) for secret in found} <= {str}


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="*"), min_size=8),
    st.text(st.characters(codec="utf-8", exclude_characters="*"), max_size=6),
    st.text(st.characters(codec="utf-8", exclude_characters="*"), max_size=6),
)
def test_secrets_beside_anything(secret: str, before: str, after: str) -> None:
    """Whatever stands right beside a secret, it is not told."""
    redactor = Redactor([secret])
    if redactor.secrets:
        assert secret not in redactor.text(f"{before}{secret}{after}")
        assert repr(secret)[1:-1] not in redactor.text(f"{before}{secret!r}{after}")


TRACEBACK = """\
Traceback (most recent call last):
  File "/p/settings.py", line 3, in <module>
    SIGNING_KEY = load("MIIEvQIBADAN", name='it')
                  ^^^^^^^^^^^^^^^^^^^^^^^
  File "/p/load.py", line 9, in load
    raise ValueError("no such thing")
ValueError: no such "thing"
"""


def test_source_lines() -> None:
    """A literal in the source of a line that names a secret is hidden; everything else of it stays."""
    told = Redactor().traceback(TRACEBACK)
    assert told == TRACEBACK.replace('"MIIEvQIBADAN"', '"***"').replace("'it'", "'***'")
    failure = Failure(type="Error", message="m", traceback=TRACEBACK)
    record = ScratchFinished(database="sqlite", seconds=1.0, migrations=2, failed=NAME, failure=failure)
    assert "MIIE" not in str(Redactor().record(record))


def test_literals_that_end_elsewhere() -> None:
    """A literal that goes on in the next line is hidden to the end of this one."""
    source = '  File "/p/settings.py", line 3, in <module>\n    PEM = load("""-----BEGIN\nE: no\n'
    assert Redactor().traceback(source) == source.replace("-----BEGIN", "***")
