"""Run a command with a Redis of its own: ``python scripts/with_redis.py COMMAND...``.

The server listens on a free port of this machine, which the command finds in ``NAUTOBOT_REDIS_PORT``, and
keeps nothing on disk. It ends with the command, whose exit status is returned.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time


def main(command: list[str]) -> int:
    """Run ``command`` and return its exit status; 2 if there is no Redis."""
    program = shutil.which("redis-server")
    if program is None:
        sys.stderr.write("redis-server is not installed: on Debian it is the package redis-server\n")
        return 2
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory() as folder:
        options = ("--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", folder)
        with subprocess.Popen([program, *options], stdout=subprocess.DEVNULL) as server:
            environment = {**os.environ, "NAUTOBOT_REDIS_HOST": "127.0.0.1", "NAUTOBOT_REDIS_PORT": port}
            try:
                wait_for(int(port))
                return subprocess.run(command, env=environment, check=False).returncode
            finally:
                server.terminate()


def wait_for(port: int) -> None:
    """Wait until ``port`` accepts connections; raises ``TimeoutError`` after ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"redis-server does not answer on port {port}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
