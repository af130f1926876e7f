"""One training process: started, spoken to, listened to, ended."""

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""Where `transformer` can be imported from."""


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
        self.complaints: deque[str] = deque(maxlen=20)
        self._complaining = threading.Thread(target=self._collect_complaints, daemon=True)
        self._complaining.start()

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
        """What it writes to standard output, line by line, until it ends."""
        assert self.process.stdout is not None
        return self.process.stdout

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def wait(self) -> int:
        """Its exit code, negative for a signal, and all its complaints collected."""
        code = self.process.wait()
        self._complaining.join(timeout=1)
        return code

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
