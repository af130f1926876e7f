"""Who has the app open: the sessions whose browser is connected, and whose they are.

Whether a browser is there, its connection says: what a page does not ask for is no sign of absence, since
browsers let hidden tabs ask once a minute only.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from ui.streamlit_internals import is_connected

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


@st.cache_resource(show_spinner=False)
def presence() -> Presence:
    """That of this server."""
    return Presence()
