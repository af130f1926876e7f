"""Who has the app open, so that a run whose page was closed does not train for nobody.

Whether a browser is there, its connection says: what a page does not ask for is no sign of absence, since
browsers let hidden tabs ask once a minute only. A connection lost for a moment, or a reload, is within the
time of grace.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Protocol

from streamlit import runtime

from transformer.errors import InputError
from ui.jobs.job import Command, Job

GRACE = float(os.environ.get("TRAINING_GRACE", 180))
"""Seconds that a run goes on after the last browser of its owner has gone."""


MANY = 1000
"""Sessions after which those that have gone are forgotten."""


def is_connected(session: str) -> bool:
    """Whether the browser of a Streamlit session has a connection to this server."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


class Presence:
    """The sessions that have shown a page, and whose they are."""

    def __init__(self, is_there: Callable[[str], bool] = is_connected) -> None:
        """`is_there` tells of a session whether its browser is connected now."""
        self._is_there = is_there
        self._owners: dict[str, str | None] = {}

    def see(self, session: str, owner: str | None) -> None:
        """A session shows a page. Those that have gone are forgotten now and then."""
        if session not in self._owners and len(self._owners) >= MANY:
            self._owners = {one: whose for one, whose in list(self._owners.items()) if self._is_there(one)}
        self._owners[session] = owner

    def anyone(self, owner: str | None) -> bool:
        """Whether a browser of this owner is there."""
        mine = [session for session, whose in list(self._owners.items()) if whose == owner]
        return any(map(self._is_there, mine))


class Runs(Protocol):
    """What `StopAbandoned` needs of a registry."""

    presence: Presence

    def going_on(self) -> list[Job]:
        """The runs that are not over."""

    def tell(self, job: Job, command: Command) -> None:
        """Have a run do something."""


class StopAbandoned(threading.Thread):
    """Stops each run whose owner has had no browser here for a time, unless it shall be kept."""

    def __init__(self, jobs: Runs, grace: float = GRACE) -> None:
        """Begins to watch with `start`."""
        super().__init__(daemon=True)
        self.jobs = jobs
        self.grace = grace
        self._alone_since: dict[Job, float] = {}

    def run(self) -> None:
        """Look again and again."""
        while True:
            time.sleep(min(self.grace / 4, 5))
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Stop what nobody has looked at since `now - grace`."""
        alone = [job for job in self.jobs.going_on() if not self.jobs.presence.anyone(job.owner)]
        self._alone_since = {job: self._alone_since.get(job, now) for job in alone}
        for job, since in self._alone_since.items():
            if now - since >= self.grace and not job.keep:
                job.problem = InputError(
                    "This run was stopped, because no browser had it open for {seconds} seconds.",
                    seconds=round(self.grace),
                )
                self.jobs.tell(job, "stop")
