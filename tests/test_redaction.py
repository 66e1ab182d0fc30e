"""Promises of redaction.py: a secret is in no text that goes on record, and what is none stays readable."""

from __future__ import annotations

import pytest

from django_switchback.evidence import (
    Compared,
    Comparison,
    Failure,
    MigrationName,
    RowDifference,
    RowExample,
    ScratchFinished,
)
from django_switchback.redaction import Redactor, of_mapping

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
        ("ungeheim/12 is another word", "ungeheim/12 is another word"),
        ('relation "postgres" does not exist', 'relation "postgres" does not exist'),
    ],
)
def test_texts(text: str, told: str) -> None:
    """A known secret goes however it is spelled; an unknown one goes from where passwords stand."""
    assert Redactor(["geheim/1", "postgres", "abc"]).text(text) == told


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
    assert set(of_mapping(settings)) == {"one", "two", "th%20ree", "th ree", "four"}
