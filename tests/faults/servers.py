"""Servers that can be killed, and connections to them that can be cut."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.browser.conftest import REPOSITORY, free_port, wait_until_healthy

PATIENCE = 60
"""The most seconds to wait for a condition."""


def running(pid: int) -> bool:
    """Whether a process runs and is not a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def children(pid: int) -> set[int]:
    """All descendants of a process."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, task.read_text().split()):
                found |= {child} | children(child)
    return found


def wait_for(condition, seconds: float = PATIENCE) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


class Server:
    """The app in a process of its own, on a free port or a given one."""

    def __init__(self, runs: Path, port: int | None = None, base: str = "", **environment: str) -> None:
        """`base` is the path below which the app is served."""
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}{base}"
        options = {
            "server.headless": "true",
            "server.port": str(self.port),
            "server.address": "127.0.0.1",
            "server.baseUrlPath": base,
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", *arguments],
            cwd=REPOSITORY,
            env=os.environ | {"RUNS_FOLDER": str(runs), "TRAINING_LIMIT": "2"} | environment,
            stdout=subprocess.DEVNULL,
        )
        wait_until_healthy(self.url, self.process)

    def children(self) -> set[int]:
        """Its processes: those that train, and the spare one."""
        return children(self.process.pid)

    def end(self, how: signal.Signals = signal.SIGTERM) -> set[int]:
        """End it with a signal, wait for it, and return the processes that it had."""
        had = self.children()
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(PATIENCE)
        return had


class Network:
    """A TCP proxy to the port of a server, which can be cut and mended."""

    def __init__(self, port: int) -> None:
        self.to = port
        self.is_up = True
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection and let no new one through."""
        self.is_up = False
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def hang(self) -> None:
        """Let nothing through, but close no connection, as if a cable had been unplugged."""
        self.is_up = False

    def mend(self) -> None:
        """Let new connections through again; old ones are closed."""
        self.cut()
        self.is_up = True

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, suppress(OSError):
            if not self.is_up:
                return
            with socket.create_connection(("127.0.0.1", self.to)) as far:
                self._open |= {near, far}
                other = {near: far, far: near}
                while True:
                    ready, _, _ = select.select([near, far], [], [], 0.1)
                    for one in ready if self.is_up else self._hanging():
                        data = one.recv(65536)
                        if not data:
                            return
                        other[one].sendall(data)

    def _hanging(self) -> Iterator[socket.socket]:
        time.sleep(0.1)
        return iter(())
