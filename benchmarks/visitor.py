"""A simulated browser tab: a websocket, an event stream and a page's widgets, without drawing.

It uses Streamlit's own messages (`ForwardMsg` and `BackMsg`): it finds widgets in what the page sends, and
answers as a browser does. Thirty of them need a few percent of a core.
"""

import asyncio
import random
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.Slider_pb2 import Slider
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.live import LiveStream, Topic, topics_of

PATIENCE = 30.0
"""Seconds after which a script that has not finished counts as lost."""

TEXTS = ("5 3 9 1 1", "7 2 8", "1 2 3 4 5 6 7", "9 0 0 9", "", "hello", "4 4\n3 1 2")
"""Inputs for text fields; some are deliberately invalid."""

MAX_MESSAGE = 50_000_000

Path = tuple[int, ...]
Value = bool | float | str | list[float] | list[str]


@dataclass(frozen=True)
class Widget:
    """A widget on the page."""

    kind: str
    """The name of its field in `Element`, such as `slider`; a slider over words is a `select_slider`."""
    proto: Any
    fragment: str
    """The fragment that contains it, which runs instead of the page; empty if none."""

    @property
    def id(self) -> str:
        """The widget id."""
        return str(self.proto.id)

    @property
    def key(self) -> str:
        """Its key; the string `None` if the page gave it none."""
        return self.id.split("-", 2)[-1]

    @property
    def shown(self) -> Value | None:
        """The value with which it was drawn; None if nothing is chosen."""
        value: Value | None = _SHOWN[self.kind](self.proto)
        return value

    def other(self, chance: random.Random) -> Value | None:
        """A random different value, if there is one."""
        value: Value | None = _OTHER[self.kind](self.proto, self.shown, chance)
        return value


@dataclass
class _Drawn:
    """An element of the page, and the number of the script run that drew it."""

    element: Element
    fragment: str
    run: int


class Visitor:
    """One browser tab. Methods that make the server run a script return the seconds until it has finished."""

    def __init__(self, url: str, owner: str | None = None) -> None:
        """`owner` is the token in the cookie of `ui.ownership`."""
        self.url = url
        self.owner = owner
        self.pages: dict[str, str] = {}
        """For each page in the navigation, its path in the URL and its script hash."""
        self.page = ""
        self.problems: list[str] = []
        """Exceptions shown, and scripts that did not finish."""
        self.reruns = 0
        """Number of finished runs of scripts and fragments."""
        self.received = 0
        """Bytes received."""
        self._socket: ClientConnection | None = None
        self._drawn: dict[Path, _Drawn] = {}
        self._values: dict[str, Value | None] = {}
        self._kept: dict[str, tuple[ForwardMsg, int]] = {}
        self._running: set[str] = set()
        self._outer: dict[str, set[str]] = {}
        self._query = ""
        self._run = 0
        self._finished: asyncio.Queue[int] = asyncio.Queue()
        self._stream: LiveStream | None = None
        self._listener: asyncio.Task[None] | None = None

    async def open(self, page: str = "", query: str = "") -> float:
        """Load a page."""
        headers = {"Cookie": f"transformer_owner={self.owner}"} if self.owner else {}
        self._socket = await connect(
            f"{self.url.replace('http', 'ws', 1)}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]  # a NewType of str
            additional_headers=headers,
            max_size=MAX_MESSAGE,
            open_timeout=PATIENCE,
            ping_interval=None,
        )
        self._listener = asyncio.create_task(self._listen(self._socket))
        self._query, self.page = query, page
        return await self._ask(ClientState(page_name=page))

    async def go(self, page: str, query: str = "") -> float:
        """Follow a link of the navigation."""
        self._values, self._query, self.page = {}, query, page
        return await self._ask(ClientState(page_script_hash=self.pages[page]))

    async def change(self, widget: Widget, value: Value) -> float:
        """Give a widget a value; `True` presses a button."""
        pressed = [WidgetState(id=widget.id, trigger_value=True)] if widget.kind == "button" else []
        if not pressed:
            self._values[widget.id] = value
        return await self._ask(ClientState(fragment_id=widget.fragment), pressed)

    async def close(self) -> None:
        """Close the tab."""
        self._hear([])
        if self._socket:
            await self._socket.close()
        if self._listener:
            await self._listener

    def widgets(self) -> list[Widget]:
        """The enabled widgets of the page, from top to bottom."""
        found = []
        for path in sorted(self._drawn):
            drawn = self._drawn[path]
            kind = _kind(drawn.element)
            proto = getattr(drawn.element, drawn.element.WhichOneof("type") or "empty")
            if kind in _SHOWN and not proto.disabled:
                found.append(Widget(kind, proto, drawn.fragment))
        return found

    def widget(self, key: str) -> Widget | None:
        """The widget with this key, or None."""
        return next((widget for widget in self.widgets() if widget.key == key), None)

    async def _ask(self, state: ClientState, pressed: Iterable[WidgetState] = ()) -> float:
        """Request a script run, and wait until it has finished."""
        while not self._finished.empty():
            self._finished.get_nowait()
        began = time.perf_counter()
        await self._send(state, pressed)
        wanted = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY if state.fragment_id else None
        try:
            async with asyncio.timeout(PATIENCE):
                while await self._finished.get() not in (wanted, ForwardMsg.FINISHED_SUCCESSFULLY):
                    pass
        except TimeoutError:
            self.problems.append(f"{self.page or 'home'}: not finished after {PATIENCE:g} s")
        return time.perf_counter() - began

    async def _send(self, state: ClientState, pressed: Iterable[WidgetState] = ()) -> None:
        state.query_string = self._query
        state.page_script_hash = state.page_script_hash or self.pages.get(self.page, "")
        state.widget_states.widgets.extend([*self._states(), *pressed])
        state.cached_message_hashes.extend(self._kept)
        state.context_info.timezone = "UTC"
        state.context_info.locale = "en-US"
        state.context_info.url = f"{self.url}/{self.page}"
        state.context_info.color_scheme = "light"
        assert self._socket
        with suppress(ConnectionClosed):
            await self._socket.send(BackMsg(rerun_script=state).SerializeToString())

    def _states(self) -> Iterable[WidgetState]:
        """The values of all widgets of the page, as a browser sends them with every change."""
        for widget in self.widgets():
            value = self._values.get(widget.id)
            if value is not None and widget.kind != "button":
                yield _state(widget, value)

    async def _listen(self, socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for data in socket:
                assert isinstance(data, bytes)
                self.received += len(data)
                message = ForwardMsg()
                message.ParseFromString(data)
                self._take(message)

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            path = list(message.metadata.delta_path)
            message = self._kept[message.ref_hash][0]
            message.metadata.delta_path[:] = path
            kind = "delta"
        if kind == "delta":
            self._draw(message)
        elif kind == "new_session":
            self._run += 1
            self._running = set(message.metadata.run.fragment_ids)
        elif kind == "navigation":
            self.pages = {
                "" if page.is_default else page.url_pathname: page.page_script_hash
                for page in message.navigation.app_pages
                if not page.is_hidden
            }
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "script_finished":
            self._finish(message)

    def _draw(self, message: ForwardMsg) -> None:
        delta = message.delta
        if delta.WhichOneof("type") != "new_element":
            return
        if message.metadata.cacheable:
            self._kept[message.hash] = (message, self._run)
        element = delta.new_element
        if element.WhichOneof("type") == "exception":
            self.problems.append(f"{self.page or 'home'}: {element.exception.type or 'exception'}")
        self._drawn[tuple(message.metadata.delta_path)] = _Drawn(element, delta.fragment_id, self._run)
        if delta.fragment_id not in self._running:  # nested in the fragment that runs
            self._outer[delta.fragment_id] = self._running
        kind = _kind(element)
        if kind in _SHOWN:
            widget = Widget(kind, getattr(element, element.WhichOneof("type") or "empty"), delta.fragment_id)
            if getattr(widget.proto, "set_value", False) or widget.id not in self._values:
                self._values[widget.id] = widget.shown

    def _finish(self, message: ForwardMsg) -> None:
        """Drop elements that the run has not redrawn, unless it was interrupted."""
        fragments = set(message.metadata.run.fragment_ids)
        if message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.reruns += 1
            self._drawn = {
                path: drawn
                for path, drawn in self._drawn.items()
                if drawn.run == self._run or (fragments and not self._is_within(drawn.fragment, fragments))
            }
            self._kept = {name: kept for name, kept in self._kept.items() if kept[1] > self._run - 2}
            components = [
                one.element for one in self._drawn.values() if _kind(one.element) == "bidi_component"
            ]
            self._hear([topic for one in components for topic in topics_of(one.bidi_component.json)])
        if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.problems.append(f"{self.page or 'home'}: does not compile")
        self._finished.put_nowait(message.script_finished)

    def _is_within(self, fragment: str, others: set[str]) -> bool:
        return fragment in others or bool(self._outer.get(fragment, set()) & others)

    def _hear(self, topics: list[Topic]) -> None:
        """Replace the event stream by one for these topics."""
        if self._stream:
            self.received += self._stream.received
            self._stream.close()
        self._stream = LiveStream(self.url, self.owner, topics) if topics else None


def _kind(element: Element) -> str:
    kind = element.WhichOneof("type") or ""
    is_worded = kind == "slider" and element.slider.type == Slider.SELECT_SLIDER
    return "select_slider" if is_worded else kind


def _state(widget: Widget, value: Value) -> WidgetState:
    field, state = _FIELDS[widget.kind], WidgetState(id=widget.id)
    if isinstance(value, list):
        getattr(state, field).data.extend(value)
    else:
        setattr(state, field, value)
    return state


_FIELDS = {
    "checkbox": "bool_value",
    "number_input": "double_value",
    "text_input": "string_value",
    "text_area": "string_value",
    "selectbox": "string_value",
    "radio": "string_value",
    "slider": "double_array_value",
    "select_slider": "string_array_value",
    "button_group": "string_array_value",
}
"""Kinds of widgets, and the field of `WidgetState` that holds their value."""


def _single(proto: Any) -> Value | None:
    if proto.set_value:
        return proto.value if proto.HasField("value") else None
    return proto.default if proto.HasField("default") else None


def _choice(proto: Any) -> str | None:
    if proto.set_value:
        return str(proto.raw_value) if proto.HasField("raw_value") else None
    return proto.options[proto.default] if proto.HasField("default") else None


def _choices(proto: Any) -> list[str]:
    return list(proto.raw_values) if proto.set_value else [_label(proto.options[i]) for i in proto.default]


def _label(option: Any) -> str:
    return f"{option.content_icon} {option.content}".strip()


def _another(options: list[str], shown: Value | None, chance: random.Random) -> str | None:
    others = [option for option in options if option != shown]
    return chance.choice(others) if others else None


def _other_group(proto: Any, shown: Value | None, chance: random.Random) -> list[str] | None:
    current = shown[0] if isinstance(shown, list) and shown else None
    label = _another([_label(option) for option in proto.options], current, chance)
    return None if label is None else [label]


def _other_number(proto: Any, shown: Value | None, chance: random.Random) -> float | None:
    current = float(shown) if isinstance(shown, int | float) else 0.0
    moved = [current - proto.step, current + proto.step]
    low = proto.min if proto.has_min else float("-inf")
    high = proto.max if proto.has_max else float("inf")
    inside = [value for value in moved if low <= value <= high]
    return chance.choice(inside) if inside else None


def _other_place(proto: Any, shown: Value | None, chance: random.Random) -> list[float]:
    steps = round((proto.max - proto.min) / (proto.step or 1))
    return [min(proto.min + chance.randint(0, steps) * (proto.step or 1), proto.max) for _ in proto.default]


_SHOWN: dict[str, Any] = {
    "checkbox": lambda proto: proto.value if proto.set_value else proto.default,
    "number_input": _single,
    "text_input": _single,
    "text_area": _single,
    "selectbox": _choice,
    "radio": _choice,
    "slider": lambda proto: list(proto.value if proto.set_value else proto.default),
    "select_slider": lambda proto: (
        list(proto.raw_value) if proto.set_value else [proto.options[round(place)] for place in proto.default]
    ),
    "button_group": _choices,
    "button": lambda proto: None,
}
_OTHER: dict[str, Any] = {
    "checkbox": lambda proto, shown, chance: not shown,
    "number_input": _other_number,
    "text_input": lambda proto, shown, chance: _another(list(TEXTS), shown, chance),
    "text_area": lambda proto, shown, chance: _another(list(TEXTS), shown, chance),
    "selectbox": lambda proto, shown, chance: _another(list(proto.options), shown, chance),
    "radio": lambda proto, shown, chance: _another(list(proto.options), shown, chance),
    "slider": _other_place,
    "select_slider": lambda proto, shown, chance: chance.sample(list(proto.options), len(shown)),
    "button_group": _other_group,
    "button": lambda proto, shown, chance: True,
}
