"""One training process: starting it, sending commands, reading its output, ending it."""

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
"""The folder from which `transformer` can be imported."""

NICENESS = 5
"""Nice value of training processes, so that pages get processor time first."""
ENDING = 5.0
"""Seconds that a process may take to end after its last event."""


READY = '{"event": "ready"}'
"""The line that a process writes once it waits for its options."""

READY_LIMIT = 120.0
"""Seconds after which a process that is not ready counts as failed."""


class Worker:
    """One process that imports everything it needs, then waits for the options of one run."""

    def __init__(self) -> None:
        """Start the process. It ends when its standard input is closed."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "transformer.train", "--wait"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            bufsize=1,
            start_new_session=True,  # Ctrl-C in the server's terminal must reach only the server
        )
        self.began = time.monotonic()
        self.ready_at: float | None = None
        """When it reported that it is ready, by `time.monotonic`; None before."""
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
        """Whether it has become ready to take options; "ready" even if it has ended since."""
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
        """Write one line to its standard input; does nothing if the process has ended."""
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):  # it has ended, or `close` was called
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()

    def lines(self) -> Iterable[str]:
        """The lines that it writes to standard output after `READY`, until it ends. Blocks."""
        assert self.process.stdout is not None
        self._greeting.join()
        return self.process.stdout

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def wait(self) -> int:
        """Wait for its end and all of its standard error; return its exit code, negative for a signal."""
        code = self.process.wait()
        self._complaining.join(timeout=1)
        return code

    def stand_back(self) -> None:
        """Lower its priority. Call it once it trains: while it starts, a user is waiting for it."""
        stand_back(self.process.pid)

    def wait_briefly(self) -> None:
        """Wait up to `ENDING` seconds for a process that is about to end."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(ENDING)

    def close(self) -> None:
        """Close its standard input, so that it saves its state and ends."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def end(self, patience: float) -> None:
        """Wait `patience` seconds for a closed process to end, then kill it."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def stand_back(pid: int) -> None:
    """Lower the priority of a process, so that pages get processor time first.

    With autogroups, Linux compares nice values only within a session, and these processes have their own
    sessions; so the priority of the group is lowered, too.
    """
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(NICENESS))
