"""One training process: started, spoken to, listened to, ended."""

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
"""Where `transformer` can be imported from."""

NICENESS = 5
"""How far training stands back for the pages where there is not enough processor time for both."""
ENDING = 5.0
"""Seconds that a process may take to end after its last word."""


READY = '{"event": "ready"}'
"""What a process writes once it waits for its orders."""

READY_LIMIT = 120.0
"""Seconds after which a process that is not ready is taken for one that cannot start."""


class Worker:
    """One process that gets ready to train and then follows one list of options."""

    def __init__(self) -> None:
        """Start it. Nothing else is needed to end it than closing its standard input."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "transformer.train", "--wait"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            bufsize=1,
            start_new_session=True,  # Ctrl-C in the server's terminal is for the server
        )
        self.began = time.monotonic()
        self.ready_at: float | None = None
        """When it said that it is ready, by `time.monotonic`."""
        self.complaints: deque[str] = deque(maxlen=20)
        self._complaining = threading.Thread(target=self._collect_complaints, daemon=True)
        self._complaining.start()
        self._greeting = threading.Thread(target=self._await_greeting, daemon=True)
        self._greeting.start()

    def _await_greeting(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.strip() == READY:
                self.ready_at = time.monotonic()
                return
            self.complaints.append(line.strip())  # such as a warning

    @property
    def readiness(self) -> Literal["starting", "ready", "failed"]:
        """Whether it got so far as to take orders, ended or not since then."""
        if self.ready_at is not None:
            return "ready"
        late = time.monotonic() - self.began > READY_LIMIT
        return "failed" if late or not self.is_alive() else "starting"

    def _collect_complaints(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.strip():
                self.complaints.append(line.strip())

    def say(self, line: str) -> None:
        """Write one line to its standard input; a process that is gone hears nothing."""
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):  # it ended, or `close` was faster
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()

    def lines(self) -> Iterable[str]:
        """What it writes to standard output after its greeting, line by line, until it ends."""
        assert self.process.stdout is not None
        self._greeting.join()
        return self.process.stdout

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def wait(self) -> int:
        """Its exit code, negative for a signal, and all its complaints collected."""
        code = self.process.wait()
        self._complaining.join(timeout=1)
        return code

    def stand_back(self) -> None:
        """Let it have only what the pages leave, once it trains: until then somebody waits for it."""
        stand_back(self.process.pid)

    def wait_briefly(self) -> None:
        """Let a process end that is about to."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING)

    def close(self) -> None:
        """Close its standard input: it saves what it has and ends."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def end(self, patience: float) -> None:
        """Wait `patience` seconds for a closed process to end, then end it by force."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def stand_back(pid: int) -> None:
    """Let a process have only what the pages leave.

    Linux may share out processor time by session; ours have one of their own.
    """
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))
