"""How fast this machine trains: measured once per server, in a separate process."""

import json
import subprocess
import sys
import threading
from contextlib import suppress

from transformer.learning.costs import Speed
from ui.jobs.worker import ROOT, stand_back


class SpeedTest:
    """Runs `python -m transformer.learning.costs` in the background and keeps its result."""

    def __init__(self, threads: int) -> None:
        """Create a test with this many CPU threads; it runs from `start` on."""
        self.threads = threads
        self.speed: Speed | None = None
        """The result; None until it is known."""
        self.failed = False
        """Whether the test ended without a result."""
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the test, unless it was started before."""
        if self._process is None:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "transformer.learning.costs",
                    "--threads",
                    str(self.threads),
                    "--until-eof",
                ],
                cwd=ROOT,
                stdin=subprocess.PIPE,  # closed when this server ends, in whatever way; ends the test
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
            stand_back(self._process.pid)
            threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        said = process.stdout.read()
        process.wait()
        with suppress(ValueError, TypeError):
            self.speed = Speed(**json.loads(said))
        self.failed = self.speed is None

    def close(self) -> None:
        """End the test's process."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
