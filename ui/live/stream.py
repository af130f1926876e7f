"""Server-sent events: one stream for each browser tab, at `PATH`.

    GET /live/events?topics=[{"kind": "progress", "words": {"run": "run:mine"}}]&language=en
    Last-Event-ID: 120            (or &after=120)

    id: 140
    data: {"id": "140", "at": 1790000000.0, "news": {"0": {...}}}

Each event contains the topics that have changed, by their index among the requested ones, and the time when
the server looked at them: with it, the browser can tell whether an event or the data of a page run is newer.
With `&once=1`, the response is a single such event as JSON, for browsers that streams do not reach.
"""

import asyncio
import signal
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from transformer import limits
from ui import ownership
from ui.classroom import token
from ui.i18n import LANGUAGES
from ui.live.events import encoded, read_id, span, write_id
from ui.live.topics import Log, Visitor, read_topics
from ui.live.watcher import Asked, Watcher, look

PATH = "/live/events"

HEARTBEAT = 10.0
"""Seconds after which a stream sends an event even if nothing has changed."""

RETRY = 1000
"""Milliseconds after which a browser reconnects when its stream breaks off."""

NO_STORE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Proxies must neither cache nor buffer the stream."""


@dataclass
class Telling:
    """The topics that one stream has requested, and what was already sent of each."""

    asked: list[Asked]
    told: list[int]
    """The last step that was sent, for each topic; see `events`."""
    states: dict[int, str | None] = field(default_factory=dict)
    """The state that was sent last, by the index of its topic."""

    def news(self, found: list[str | Log | None], at: float = 0.0) -> str | None:
        """The data of an event with what is new in each topic; None if nothing is.

        `found` is the latest look at each topic, and `at` its time. What is returned counts as sent.
        """
        parts = [self._part(place, one) for place, one in enumerate(found)]
        news = ",".join(f'"{place}":{part}' for place, part in enumerate(parts) if part is not None)
        return f'{{"id":"{write_id(self.told)}","at":{at:.3f},"news":{{{news}}}}}' if news else None

    def _part(self, place: int, found: str | Log | None) -> str | None:
        if isinstance(found, Log):
            fresh = span(found, self.told[place])
            self.told[place] = fresh.to if fresh else self.told[place]
            return encoded(fresh.to_dict()) if fresh else None
        if place in self.states and self.states[place] == found:
            return None
        self.states[place] = found
        return found or "null"


class Streams:
    """All streams of this server."""

    def __init__(self) -> None:
        """Start without open streams."""
        self._watcher = Watcher()
        self._open: Counter[str] = Counter()
        self._is_closing = False

    async def answer(self, request: Request) -> Response:
        """Answer with a stream or one event, or refuse.

        Status 403 for requests from other sites, 400 for invalid topics, 429 for too many streams.
        """
        if is_foreign(request):
            return _refuse(403, "Only pages of this server may read this stream.")
        try:
            telling = _begin(request)
        except (ValueError, RecursionError) as error:
            return _refuse(400, f"Invalid topics: {error}.")
        if "once" in request.query_params:
            at = time.time()
            found = await asyncio.to_thread(lambda: [look(one) for one in telling.asked])
            data = telling.news(found, at) or encoded({"id": write_id(telling.told), "news": {}})
            return Response(data, media_type="application/json", headers=NO_STORE)
        browser = _browser(request)
        if browser and self._open[browser] >= limits.MAX_STREAMS_OF_BROWSER:
            return _refuse(429, f"A browser has {limits.MAX_STREAMS_OF_BROWSER} streams at most.")
        if self._open.total() >= limits.MAX_STREAMS:
            return _refuse(429, f"This server has {limits.MAX_STREAMS} streams at most.")
        return StreamingResponse(
            self._tell(request, telling, browser), media_type="text/event-stream", headers=NO_STORE
        )

    async def _tell(self, request: Request, telling: Telling, browser: str) -> AsyncIterator[str]:
        """Yield what is new. A browser that reads slowly gets fewer events, with the latest data."""
        self._open[browser] += 1
        try:
            yield f"retry: {RETRY}\n\n"
            await self._watcher.listen(telling.asked)
            spoke = -HEARTBEAT
            while not self._is_closing and not await request.is_disconnected():
                found = [self._watcher.seen(one) for one in telling.asked]
                data = telling.news(found, self._watcher.at)
                if data or time.monotonic() - spoke >= HEARTBEAT:
                    spoke = time.monotonic()
                    yield f"id: {write_id(telling.told)}\ndata: {data or '{}'}\n\n"
                await self._watcher.looked()
        finally:
            self._watcher.forget(telling.asked)
            self._open[browser] -= 1
            self._open = +self._open

    def look_soon(self) -> None:
        """Look at all topics at once and send what has changed. May be called from any thread."""
        self._watcher.look_soon()

    def close(self) -> None:
        """End all streams at the next look, since a stopping server waits for open responses."""
        self._is_closing = True

    def close_on(self, *signals: signal.Signals) -> None:
        """Call `close` when the process gets one of these signals, before the existing handler."""
        if threading.current_thread() is not threading.main_thread():
            return  # the server of a test, which stops it without signals
        for one in signals:
            before = signal.getsignal(one)

            def handle(number: int, frame: FrameType | None, before: Any = before) -> None:
                self.close()
                if callable(before):
                    before(number, frame)

            signal.signal(one, handle)


def is_foreign(request: Request) -> bool:
    """Whether a page of another site makes the request. It could not read the response, but cause work."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    is_here = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return not is_here or site not in (None, "same-origin", "none")


def visitor(cookies: Mapping[str, str], language: str) -> Visitor:
    """The visitor with these cookies and this language (English, if it is unknown)."""
    spoken = language if language in LANGUAGES else "en"
    return Visitor(ownership.owner_of(cookies), token.is_right(cookies.get(token.COOKIE, "")), spoken)


def _begin(request: Request) -> Telling:
    """The topics of a request, and what it says was already sent. Raises ValueError for invalid topics."""
    query = request.query_params
    topics = read_topics(query.get("topics", ""))
    who = visitor(request.cookies, query.get("language", ""))
    told = request.headers.get("last-event-id") or query.get("after", "")
    return Telling([(topic, who) for topic in topics], read_id(told, len(topics)))


def _browser(request: Request) -> str:
    """What identifies a browser among streams: its owner, else the name that it gives itself."""
    return ownership.owner_of(request.cookies) or request.query_params.get("browser", "")[: limits.MAX_WORD]


def _refuse(status: int, why: str) -> JSONResponse:
    return JSONResponse({"problem": why}, status, headers=NO_STORE)
