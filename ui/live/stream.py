"""What the server tells by itself: one stream of server-sent events for each tab, at `PATH`.

    GET /live/events?topics=[{"kind": "progress", "words": {"run": "run:mine"}}]&language=en
    Last-Event-ID: 120            (or &after=120)

    id: 140
    data: {"id": "140", "at": 1790000000.0, "news": {"0": {...}}}

Each event tells of the topics that have news, by their place among those asked for, and when they were looked
at: a page that was drawn before that, and arrives later, shows what is newer. With `&once=1` the answer
is the same event as JSON, for browsers that streams do not reach.
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
"""Seconds after which a stream says something, be it that there is no news."""

RETRY = 1000
"""Milliseconds after which a browser whose stream broke off asks again."""

NO_STORE = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Nobody on the way keeps it, be it to send it on in larger pieces."""


@dataclass
class Telling:
    """What one browser was told of its topics, and what it has not been told yet."""

    asked: list[Asked]
    told: list[int]
    """For each topic the last step told; see `events`."""
    states: dict[int, str | None] = field(default_factory=dict)

    def news(self, found: list[str | Log | None], at: float = 0.0) -> str | None:
        """The newest of each topic, looked `at` then, as an event's data; None if nothing is new."""
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
        """None is open."""
        self._watcher = Watcher()
        self._open: Counter[str] = Counter()
        self._is_closing = False

    async def answer(self, request: Request) -> Response:
        """A stream, or one event; 400, 403 and 429 with a sentence for what is not answered."""
        if is_foreign(request):
            return _refuse(403, "Only pages of this server are told.")
        try:
            telling = _begin(request)
        except (ValueError, RecursionError) as error:
            return _refuse(400, f"These are no topics: {error}.")
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
        """What is new, as soon as the browser takes it: for one that lags nothing piles up."""
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
        """Tell at once what has changed; from any thread."""
        self._watcher.look_soon()

    def close(self) -> None:
        """End all streams at the next look: a server that ends waits for its answers to be complete."""
        self._is_closing = True

    def close_on(self, *signals: signal.Signals) -> None:
        """`close` when one of these reaches the process, before whatever else it does then."""
        if threading.current_thread() is not threading.main_thread():
            return  # a test's server: whoever started it ends it
        for one in signals:
            before = signal.getsignal(one)

            def handle(number: int, frame: FrameType | None, before: Any = before) -> None:
                self.close()
                if callable(before):
                    before(number, frame)

            signal.signal(one, handle)


def is_foreign(request: Request) -> bool:
    """Whether another site's page asks. Its answers it could not read, but it could make us work."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    is_here = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    return not is_here or site not in (None, "same-origin", "none")


def visitor(cookies: Mapping[str, str], language: str) -> Visitor:
    """Who asks, by the cookies alone."""
    spoken = language if language in LANGUAGES else "en"
    return Visitor(ownership.owner_of(cookies), token.is_right(cookies.get(token.COOKIE, "")), spoken)


def _begin(request: Request) -> Telling:
    """What a request asks for, and what it has been told. Raises ValueError."""
    query = request.query_params
    topics = read_topics(query.get("topics", ""))
    who = visitor(request.cookies, query.get("language", ""))
    told = request.headers.get("last-event-id") or query.get("after", "")
    return Telling([(topic, who) for topic in topics], read_id(told, len(topics)))


def _browser(request: Request) -> str:
    """What the streams of one browser have in common: its owner, else what it calls itself."""
    return ownership.owner_of(request.cookies) or request.query_params.get("browser", "")[: limits.MAX_WORD]


def _refuse(status: int, why: str) -> JSONResponse:
    return JSONResponse({"problem": why}, status, headers=NO_STORE)
