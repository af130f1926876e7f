"""Who has the app open, so that a run whose page was closed does not train for nobody.

Whether a browser is there, its connection says: what a page does not ask for is no sign of absence, since
browsers let hidden tabs ask once a minute only. A connection lost for a moment, or a reload, is within the
time of grace.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from transformer.errors import InputError
from ui.jobs.job import Command, Job
from ui.streamlit_internals import is_connected

GRACE = float(os.environ.get("TRAINING_GRACE", 180))
"""Seconds that a run goes on after the last browser of its owner has gone."""


MANY = 1000
"""Sessions after which those that have gone are forgotten."""


@dataclass(frozen=True)
class Visit:
    """One session: a tab of a browser, as the teacher sees it."""

    owner: str | None
    number: int
    """Of its browser, in the order of arrival; of the tab, outside of a classroom."""
    since: float
    """When it came, and when its page last ran, in seconds since 1970."""
    seen: float
    page: str = ""
    language: str = ""


class Presence:
    """The sessions that have shown a page, and whose they are."""

    def __init__(self, is_there: Callable[[str], bool] = is_connected) -> None:
        """`is_there` tells of a session whether its browser is connected now."""
        self._is_there = is_there
        self._visits: dict[str, Visit] = {}
        self._numbers: dict[str, int] = {}
        self._arrived = 0

    def see(self, session: str, owner: str | None) -> None:
        """A session shows a page. Those that have gone are forgotten now and then."""
        now = time.time()
        before = self._visits.get(session)
        if before is None and len(self._visits) >= MANY:
            self._visits = {one: visit for one, visit in list(self._visits.items()) if self._is_there(one)}
            there = {visit.number for visit in self._visits.values()}
            self._numbers = {one: n for one, n in list(self._numbers.items()) if n in there}
        number = self.number(owner or session)
        self._visits[session] = (
            replace(before, owner=owner, number=number, seen=now)
            if before
            else Visit(owner, number, since=now, seen=now)
        )

    def note(self, session: str, page: str, language: str) -> None:
        """Which page a session that was seen shows, and in which language."""
        if session in self._visits:
            self._visits[session] = replace(self._visits[session], page=page, language=language)

    def number(self, owner: str) -> int:
        """A name for a browser that does not reveal its owner."""
        if owner not in self._numbers:
            self._arrived += 1
            self._numbers[owner] = self._arrived
        return self._numbers[owner]

    def visits(self) -> list[Visit]:
        """Of the sessions whose browser is connected now, by number."""
        there = [visit for session, visit in list(self._visits.items()) if self._is_there(session)]
        return sorted(there, key=lambda visit: (visit.number, visit.since))

    def anyone(self, owner: str | None) -> bool:
        """Whether a browser of this owner is there."""
        mine = [session for session, visit in list(self._visits.items()) if visit.owner == owner]
        return any(map(self._is_there, mine))


class RunQueue(Protocol):
    """What `StopAbandoned` needs of a registry."""

    presence: Presence

    def going_on(self) -> list[Job]:
        """The runs that are not over."""

    def tell(self, job: Job, command: Command) -> None:
        """Have a run do something."""


class StopAbandoned(threading.Thread):
    """Stops each run whose owner has had no browser here for a time, unless the owner chose to keep it."""

    def __init__(self, jobs: RunQueue, grace: float = GRACE) -> None:
        """Begins to watch with `start`."""
        super().__init__(daemon=True)
        self.jobs = jobs
        self.grace = grace
        self._alone_since: dict[Job, float] = {}

    def run(self) -> None:
        """Look again and again."""
        while True:
            time.sleep(min(self.grace / 4, 5))
            self.poll(time.monotonic())

    def poll(self, now: float) -> None:
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
