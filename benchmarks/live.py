"""The event stream of a browser tab, as `ui/live/js/stream.js` opens it, but without drawing anything."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit

Topic = dict[str, Any]


class LiveStream:
    """One event stream, open until `close`."""

    def __init__(self, url: str, owner: str | None, topics: Sequence[Topic]) -> None:
        """`url` of the server; `owner` is the token in the cookie of `ui.ownership`."""
        self.topics = list(topics)
        self.received = 0
        """Bytes received."""
        self._task = asyncio.create_task(self._listen(urlsplit(url).netloc, owner))

    async def _listen(self, place: str, owner: str | None) -> None:
        asked = json.dumps([{"kind": one["kind"], "words": one["words"]} for one in self.topics])
        after = ".".join(str(one["after"]) for one in self.topics)
        query = urlencode({"topics": asked, "after": after, "language": "en"})
        cookie = f"Cookie: transformer_owner={owner}\r\n" if owner else ""
        host, _, port = place.partition(":")
        with suppress(OSError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection(host, int(port or 80))
            try:
                writer.write(f"GET /live/events?{query} HTTP/1.1\r\nHost: {place}\r\n{cookie}\r\n".encode())
                while data := await reader.read(65536):
                    self.received += len(data)
            finally:
                writer.close()

    def close(self) -> None:
        """Close the stream."""
        self._task.cancel()


def topics_of(told: str) -> list[Topic]:
    """The topics that a live component subscribes to, from its data; empty for other components."""
    try:
        content = json.loads(json.loads(told)["told"])
        topic = content["topic"]
    except (ValueError, KeyError, TypeError):
        return []
    return [{**topic, "after": content.get("last", 0)}] if topic else []
