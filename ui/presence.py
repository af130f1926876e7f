"""Who has the app open: the connected sessions and their owners.

A browser counts as present while it is connected. A lack of requests would not show its absence, since
browsers let a hidden tab send only one per minute.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from ui.streamlit_internals import is_connected

MANY = 1000
"""From this number of sessions on, disconnected ones are forgotten when a new one arrives."""


@dataclass(frozen=True)
class Visit:
    """One session, that is one browser tab, as the teacher sees it."""

    owner: str | None
    number: int
    """The number of its browser in the order of arrival; outside classroom mode, the number of the tab."""
    since: float
    """`since`: when it arrived; `seen`: when its page last ran; in seconds since 1970."""
    seen: float
    page: str = ""
    language: str = ""


class Presence:
    """The sessions that have shown a page, and their owners."""

    def __init__(self, is_there: Callable[[str], bool] = is_connected) -> None:
        """`is_there` says whether the browser of a session id is connected now."""
        self._is_there = is_there
        self._visits: dict[str, Visit] = {}
        self._numbers: dict[str, int] = {}
        self._arrived = 0

    def see(self, session: str, owner: str | None) -> None:
        """Note that a session shows a page. Forgets disconnected sessions if there are too many."""
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
        """Note which page a session shows, and in which language; ignored for a session not seen before."""
        if session in self._visits:
            self._visits[session] = replace(self._visits[session], page=page, language=language)

    def number(self, owner: str) -> int:
        """The number of a browser, which does not reveal its owner's hash."""
        if owner not in self._numbers:
            self._arrived += 1
            self._numbers[owner] = self._arrived
        return self._numbers[owner]

    def visits(self) -> list[Visit]:
        """The visits of the sessions that are connected now, sorted by number."""
        there = [visit for session, visit in list(self._visits.items()) if self._is_there(session)]
        return sorted(there, key=lambda visit: (visit.number, visit.since))

    def anyone(self, owner: str | None) -> bool:
        """Whether any browser tab of this owner is connected now."""
        mine = [session for session, visit in list(self._visits.items()) if visit.owner == owner]
        return any(map(self._is_there, mine))


@st.cache_resource(show_spinner=False)
def presence() -> Presence:
    """The one object of this server."""
    return Presence()
