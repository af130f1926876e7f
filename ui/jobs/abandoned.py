"""Stops runs whose owner has closed all pages, so that they do not train for nobody.

A grace period allows for reloads and short losses of the connection.
"""

import os
import threading
import time
from typing import Protocol

from transformer.errors import InputError
from ui.jobs.job import Command, Job
from ui.presence import Presence

GRACE = float(os.environ.get("TRAINING_GRACE", 180))
"""Seconds that a run continues after the last browser of its owner has disconnected."""


class RunQueue(Protocol):
    """The methods of `Jobs` that `StopAbandoned` needs."""

    def going_on(self) -> list[Job]:
        """The runs that are not over, including waiting ones."""

    def tell(self, job: Job, command: Command) -> None:
        """Send a command to a run."""


class StopAbandoned(threading.Thread):
    """Stops each run whose owner has had no browser connected for `grace` seconds, except if `Job.keep`."""

    def __init__(self, jobs: RunQueue, presence: Presence, grace: float = GRACE) -> None:
        """Create the thread; it begins to watch with `start`."""
        super().__init__(daemon=True)
        self.jobs = jobs
        self.presence = presence
        self.grace = grace
        self._alone_since: dict[Job, float] = {}

    def run(self) -> None:
        """Call `poll` regularly, forever."""
        while True:
            time.sleep(min(self.grace / 4, 5))
            self.poll(time.monotonic())

    def poll(self, now: float) -> None:
        """Stop runs whose owner has had no connected browser since `now - grace`."""
        alone = [job for job in self.jobs.going_on() if not self.presence.anyone(job.owner)]
        self._alone_since = {job: self._alone_since.get(job, now) for job in alone}
        for job, since in self._alone_since.items():
            if now - since >= self.grace and not job.keep:
                job.problem = InputError(
                    "This run was stopped, because no browser had it open for {seconds} seconds.",
                    seconds=round(self.grace),
                )
                self.jobs.tell(job, "stop")
