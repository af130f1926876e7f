"""A run whose page was closed does not train for nobody.

A connection lost for a moment, or a reload, is within the time of grace.
"""

import os
import threading
import time
from typing import Protocol

from transformer.errors import InputError
from ui.jobs.job import Command, Job
from ui.presence import Presence

GRACE = float(os.environ.get("TRAINING_GRACE", 180))
"""Seconds that a run goes on after the last browser of its owner has gone."""


class RunQueue(Protocol):
    """What `StopAbandoned` needs of a registry."""

    def going_on(self) -> list[Job]:
        """The runs that are not over."""

    def tell(self, job: Job, command: Command) -> None:
        """Have a run do something."""


class StopAbandoned(threading.Thread):
    """Stops each run whose owner has had no browser here for a time, unless the owner chose to keep it."""

    def __init__(self, jobs: RunQueue, presence: Presence, grace: float = GRACE) -> None:
        """Begins to watch with `start`."""
        super().__init__(daemon=True)
        self.jobs = jobs
        self.presence = presence
        self.grace = grace
        self._alone_since: dict[Job, float] = {}

    def run(self) -> None:
        """Look again and again."""
        while True:
            time.sleep(min(self.grace / 4, 5))
            self.poll(time.monotonic())

    def poll(self, now: float) -> None:
        """Stop what nobody has looked at since `now - grace`."""
        alone = [job for job in self.jobs.going_on() if not self.presence.anyone(job.owner)]
        self._alone_since = {job: self._alone_since.get(job, now) for job in alone}
        for job, since in self._alone_since.items():
            if now - since >= self.grace and not job.keep:
                job.problem = InputError(
                    "This run was stopped, because no browser had it open for {seconds} seconds.",
                    seconds=round(self.grace),
                )
                self.jobs.tell(job, "stop")
