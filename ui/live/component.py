"""Components that show live data: first as of the page run, then updated by the event stream.

There are three kinds. A board shows a state (a bar, remarks, figures, tables). Curves show the log of a run.
An asker shows nothing: it reruns the fragment around it when there is new data too large for the stream.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from transformer.javascript import bundled
from ui.base_path import under_base
from ui.component_file import ComponentFile
from ui.i18n import language
from ui.live.events import COLUMNS, MARKS, Span, encoded
from ui.live.stream import PATH
from ui.live.topics import State, Topic
from viz import colors
from viz.curves import Panel

_HERE = Path(__file__).parent


SCRIPT = bundled(_HERE / "js" / "mount.js")

_STYLE = f":host, .live {{ --wrong: {colors.WRONG}; --right: {colors.RIGHT}; }}\n"

_file = ComponentFile(
    "live", '<div class="live"></div>', _STYLE + (_HERE / "live.css").read_text(encoding="utf-8"), SCRIPT
)


@dataclass(frozen=True)
class Replay:
    """The replay of a recorded run."""

    since: float
    """When it began, in seconds since 1970; also identifies the replay."""
    seconds: float
    """How long it takes."""
    frames: Sequence[tuple[float, State]] = ()
    """For a board: states, each with the share of the run from which on it is shown."""


def board(key: str, state: State, topic: Topic | None = None, replay: Replay | None = None) -> None:
    """Draw a state. The page or fragment around it reruns once the entry "state" of the state changes."""
    at = time.time() if topic else 0.0  # without a topic, equal data at every run is not sent again
    _mount(key, "board", topic, state=state, at=at, replay=replay and asdict(replay))


def asker(key: str, version: int, topic: Topic | None) -> None:
    """Rerun the fragment around this once the topic reports another `version`. Draws nothing."""
    if topic:
        _mount(key, "asker", topic, state={"version": version})


def curves(
    key: str,
    panels: Sequence[Panel],
    span: Span | None,
    topic: Topic | None = None,
    *,
    texts: Mapping[str, str],
    height: int,
    run: str = "",
    mark: int | None = None,
    stacked: bool = False,
    log: tuple[str, bool] | None = None,
    on_log: Callable[[bool], None] | None = None,
    replay: Replay | None = None,
) -> None:
    """Draw panels of curves over the same steps, from the data of `span`; `height` is in pixels.

    If the browser already has more data of the same `run`, it keeps that.

    `texts` holds the title of the x axis (`step`), a `hint`, and `thinned`, which contains `{count}`. `mark`
    is a step to mark with a vertical line. `log` is the label and the state of a switch for a logarithmic
    axis, which applies to panels that do not fix their axis; `on_log` is called with its new state.
    """

    def keep() -> None:
        chosen = st.session_state[key].get("log")
        if on_log and chosen is not None:
            on_log(bool(chosen))

    _mount(
        key,
        "curves",
        topic,
        on_log_change=keep,
        panels=[panel.to_dict() for panel in panels],
        names={"columns": COLUMNS, "marks": MARKS},
        rows=span.rows if span else [],
        marks=span.marks if span else [],
        last=span.to if span else 0,
        run=run,
        x=texts["step"],
        texts=dict(texts),
        height=height,
        mark=mark,
        stacked=stacked,
        compact=stacked,
        log=log and {"label": log[0], "value": log[1]},
        colours={"chosen": colors.CHOSEN},
        replay=replay and asdict(replay),
    )


def _mount(
    key: str, kind: str, topic: Topic | None, on_log_change: Callable[[], None] | None = None, **told: Any
) -> None:
    server = {"url": under_base(PATH), "language": language()}
    told |= {"kind": kind, "name": key, "server": server, "topic": topic and topic.to_dict()}
    data = {"told": encoded(told)}  # as text, since Streamlit would search lists and dicts for tables
    handlers = {"on_log_change": on_log_change} if on_log_change else {"on_changed_change": _do_nothing}
    _file.mount(key=key, data=data, **handlers)


def _do_nothing() -> None:
    """A callback that Streamlit needs in order to report the event."""
