"""Whether processes can start here, told from those that were started."""

import time

from ui.jobs.worker import Worker

FRESH = 60.0
"""Seconds that a process which got ready proves that the next one will, once it has ended."""

RETRY = 5.0
"""Seconds after an attempt that failed before another one is due."""


class Starts:
    """What became of the latest attempts to start a process."""

    def __init__(self) -> None:
        """No attempt yet."""
        self._latest: Worker | None = None
        self._tried_at = float("-inf")
        self._verdict: bool | None = None

    def begin(self) -> Worker:
        """Start a process. Raises `OSError` if the system makes none."""
        self.verdict()  # of the one before
        self._tried_at = time.monotonic()
        try:
            self._latest = Worker()
        except OSError:
            self._latest, self._verdict = None, False
            raise
        return self._latest

    def verdict(self) -> bool | None:
        """Whether the latest attempt that is over succeeded; None before there is one."""
        if self._latest and self._latest.readiness != "starting":
            self._verdict = self._latest.readiness == "ready"
        return self._verdict

    def is_due(self, now: float) -> bool:
        """Whether another attempt would tell more."""
        latest = self._latest
        if latest is None or latest.readiness == "failed":
            return now - self._tried_at > RETRY
        return latest.ready_at is not None and not latest.is_alive() and now - latest.ready_at > FRESH
