"""Whether training processes can start on this machine, judged by the latest attempts."""

import time

from ui.jobs.worker import Worker

FRESH = 60.0
"""Seconds for which a successful attempt counts as proof, once its process has ended."""

RETRY = 5.0
"""Seconds after a failed attempt until another one is due."""


class Starts:
    """The outcome of the latest attempts to start a process."""

    def __init__(self) -> None:
        """Start without any attempt."""
        self._latest: Worker | None = None
        self._tried_at = float("-inf")
        self._verdict: bool | None = None

    def begin(self) -> Worker:
        """Start a process. Raises `OSError` if the operating system cannot create one."""
        self.verdict()  # records the outcome of the attempt before
        self._tried_at = time.monotonic()
        try:
            self._latest = Worker()
        except OSError:
            self._latest, self._verdict = None, False
            raise
        return self._latest

    def verdict(self) -> bool | None:
        """Whether the latest finished attempt succeeded; None before there is one."""
        if self._latest and self._latest.readiness != "starting":
            self._verdict = self._latest.readiness == "ready"
        return self._verdict

    def is_due(self, now: float) -> bool:
        """Whether another attempt is needed: the latest failed a while ago, or its success is outdated."""
        latest = self._latest
        if latest is None or latest.readiness == "failed":
            return now - self._tried_at > RETRY
        return latest.ready_at is not None and not latest.is_alive() and now - latest.ready_at > FRESH
