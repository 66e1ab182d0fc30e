"""Prints what ended the program to stderr, without secrets, and chooses the exit status."""

from __future__ import annotations

import io
import sys

import click

from django_switchback import standard_streams
from django_switchback.errors import UNFINISHED_STATUS, SwitchbackError, exit_status_of, system_error_text


def report_error(error: Exception, *, verbose: bool) -> int:
    """Print ``error`` to stderr and return its exit status."""
    match error:
        case SwitchbackError():
            print_error(str(error))
            if verbose and (traceback := getattr(error, "traceback", "")):
                print_error(traceback)
            return exit_status_of(error)
        case OSError():
            # A full disk or a closed stream, for example; click leaves text in the buffer.
            standard_streams.flush_or_discard(sys.stdout)
            print_error(system_error_text(error))
        case _:
            print_error(f"internal error: {type(error).__name__}: {error}")
            if not verbose:
                print_error("run again with --verbose for the traceback")
    if verbose:
        _print_traceback(error)
    return UNFINISHED_STATUS


def print_usage_error(error: click.ClickException) -> None:
    """Print the message of click for a wrong command line."""
    # NOTE: the message may repeat a database URL with a password, split at an unquoted blank.
    message = io.StringIO()
    error.show(message)
    standard_streams.print_if_possible(sys.stderr, _without_secrets(message.getvalue()))


def print_error(text: str) -> None:
    """Print ``text`` as a message of the program, each line safe for a terminal."""
    from django_switchback.untrusted_text import safe_line

    message = _without_secrets(f"switchback: {text}")
    standard_streams.print_if_possible(sys.stderr, "\n".join(map(safe_line, message.splitlines())))


def _without_secrets(text: str) -> str:
    """Mask secrets of the environment, the arguments and source lines in ``text``."""
    import os

    from django_switchback.redaction import Redactor, passwords_in_url, secrets_in_mapping

    return Redactor((*secrets_in_mapping(os.environ), *passwords_in_url(" ".join(sys.argv)))).traceback(text)


def _print_traceback(error: Exception) -> None:
    import traceback

    print_error("".join(traceback.format_exception(error)))
