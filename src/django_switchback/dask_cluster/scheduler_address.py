"""Finds the address of the scheduler of ``--cluster``, and whether others can read or use the connection."""

from __future__ import annotations

import ipaddress
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

from django_switchback.config.config import Config
from django_switchback.errors import UsageError


class UnreadableSchedulerFile(UsageError):
    """Reports a file that no scheduler wrote."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"cannot read {path} as the file of a Dask scheduler: {reason}; expected what dask scheduler "
            "--scheduler-file writes, or an address such as tcp://scheduler:8786"
        )


def warning(config: Config) -> str:
    """Return a warning if the connection to the scheduler can be read or used by others, else nothing."""
    address = scheduler_address(config)
    if not is_open(address):
        return ""
    return (
        f"WARNING: {address} is another machine, without TLS: whoever can reach it can run code on all "
        "workers, and whoever listens reads what is sent. Use tls:// (docs/how-to/several-machines.md)."
    )


def scheduler_address(config: Config) -> str:
    """Return the address of ``--cluster``, or the one in its scheduler file."""
    text = config.cluster or ""
    if "://" in text:
        return text
    cluster = Path(text)
    try:
        return str(json.loads(cluster.read_bytes())["address"])
    except OSError as error:
        raise UnreadableSchedulerFile(cluster, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableSchedulerFile(cluster, f"{type(error).__name__}: {error}") from error


def is_open(address: str) -> bool:
    """Return whether ``address`` is another machine's, without TLS."""
    parts = urlsplit(address)
    return parts.scheme != "tls" and not _is_here(parts.hostname or "")


def _is_here(host: str) -> bool:
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ipaddress.ip_address(found).is_loopback or _can_bind(found) for found in addresses)


def _can_bind(address: str) -> bool:
    """Return whether ``address`` belongs to this machine: no other can be bound to."""
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return False
    return True
