"""Looks at the topics of all streams in one thread, and only once at a topic that several streams share."""

import asyncio
import logging
import math
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace

from transformer import InputError
from ui.i18n import speaking
from ui.live.events import encoded
from ui.live.topics import KINDS, Log, Topic, Visitor

TICK = 0.2
"""Seconds between two looks."""

Asked = tuple[Topic, Visitor]


@dataclass(frozen=True)
class Seen:
    """What the latest look at a topic found."""

    found: str | Log | None
    """A state as JSON, a log, or None."""
    at: float
    """When the look began, by `time.monotonic`."""


def look(asked: Asked) -> str | Log | None:
    """Look at one topic now; None if it cannot be read."""
    topic, visitor = asked
    try:
        with speaking(visitor.language):
            found = topic.look(visitor)
    except (InputError, OSError):
        return None
    except Exception:  # one topic that fails must not end the others
        logging.getLogger(__name__).exception("a look at %s failed", topic)
        return None
    return found if found is None or isinstance(found, Log) else encoded(found)


class Watcher:
    """Looks at topics while any stream listens. All methods but `look_soon` belong to one event loop."""

    def __init__(self) -> None:
        """Start without listeners."""
        self._listeners: Counter[Asked] = Counter()
        self._seen: dict[Asked, Seen] = {}
        self.at = 0.0
        """When the latest look began, in seconds since 1970."""
        self._looking: asyncio.Task[None] | None = None
        self._looked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def listen(self, asked: list[Asked]) -> None:
        """Start looking at these topics. Returns after a look at them that began after the call."""
        self._loop = asyncio.get_running_loop()
        now = time.monotonic()
        for one in asked:
            if one in self._seen:
                self._seen[one] = replace(self._seen[one], at=-math.inf)
        self._listeners.update(asked)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._go_on_looking())
        while not all(one in self._seen and self._seen[one].at >= now for one in asked):
            await self.looked()

    def forget(self, asked: list[Asked]) -> None:
        """Undo one call of `listen` with the same topics."""
        self._listeners.subtract(asked)
        self._listeners = +self._listeners

    def look_soon(self) -> None:
        """Look at all topics now instead of at the next tick. May be called from any thread."""
        if self._loop:
            with suppress(RuntimeError):  # the server has stopped
                self._loop.call_soon_threadsafe(self._hurry.set)

    async def looked(self) -> None:
        """Wait until the next look is done."""
        await self._looked.wait()

    def seen(self, asked: Asked) -> str | Log | None:
        """What the latest look at a topic found."""
        return self._seen[asked].found

    async def _go_on_looking(self) -> None:
        while self._listeners:
            is_hurried = self._hurry.is_set()
            self._hurry.clear()
            await asyncio.to_thread(self._look_at_all, list(self._listeners), is_hurried)
            looked, self._looked = self._looked, asyncio.Event()
            looked.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), TICK)
        self._seen.clear()

    def _look_at_all(self, wanted: list[Asked], is_hurried: bool) -> None:
        now, self.at = time.monotonic(), time.time()
        for gone in self._seen.keys() - set(wanted):
            del self._seen[gone]
        for one in wanted:
            seen = self._seen.get(one)
            if is_hurried or seen is None or now - seen.at > KINDS[one[0].kind].every - TICK / 2:
                self._seen[one] = Seen(look(one), now)
