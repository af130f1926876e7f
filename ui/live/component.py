"""What a page puts into itself to be kept up to date: complete as of its run, then as the stream tells.

Three kinds: a board shows a state (a bar, remarks, figures, tables), curves show the log of a run, an asker
has the part of the page that it stands in drawn anew when there is more of what is too large to be told.
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
    """A recorded run shown once more, from a moment on."""

    since: float
    """What tells it from others, in seconds since 1970."""
    seconds: float
    frames: Sequence[tuple[float, State]] = ()
    """What a board shows from which share of the run on."""


def board(key: str, state: State, topic: Topic | None = None, replay: Replay | None = None) -> None:
    """Draw a state. Its page, or part, runs anew once what it calls `state` is no longer what was drawn."""
    at = time.time() if topic else 0.0  # what nobody tells of is the same at every run
    _mount(key, "board", topic, state=state, at=at, replay=replay and asdict(replay))


def asker(key: str, version: int, topic: Topic | None) -> None:
    """Have the part that this stands in drawn anew once the topic tells of another `version`."""
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
    """Draw panels over the same steps, of what `span` holds; `height` in pixels.

    What a browser knows of the same `run` beyond that is kept.

    `texts` are the title of the steps (`step`), `hint`, and `thinned` with the place `{count}`. A `mark` is a
    step with a line. `log` is the label and the state of the choice of an axis for panels that leave it open,
    `on_log` is told when it changes.
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
    data = {"told": encoded(told)}  # as text: among lists and dicts Streamlit would look for tables
    handlers = {"on_log_change": on_log_change} if on_log_change else {"on_changed_change": _do_nothing}
    _file.mount(key=key, data=data, **handlers)


def _do_nothing() -> None:
    """Streamlit has events only for what has a callback."""
