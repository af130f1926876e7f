"""The tensor grid: shows tensors as grids of panels, in frames that the user steps through in the browser.

    from ui.tensor_grid import Frame, Operand, Scale, TensorView, Token, tensor_grid

    event = tensor_grid(
        [
            Frame(
                title="softmax",
                tensors=(
                    TensorView(
                        "weights", weights, Scale.unit(), masked=~mask,      # [B, H, L, S]
                        row_labels=queries, column_labels=keys,
                        panel_labels=(("sentence 0", "sentence 1"), ("head 0", "head 1")),
                        axis_names=("sentence", "head", "query", "key"),
                        operands=(Operand("mask", mask),),                    # [B, 1, 1, S]
                    ),
                ),
                caption="Each row sums to 1.",
                code="weights = energy.softmax(dim=-1)",
            ),
        ],
        key="lesson",
    )

Frames are sent once; play, step, scrub, hover and enlarging a panel happen in the browser without the
server. The frame on screen and the enlarged panel survive a rerun with new data under the same `key`.

A rerun happens only for what the page asks for: `editable=True` (a click or drag on cells, row headers or
column headers arrives as one event with all cells to toggle), `report=("frame", "lock")` (the user stopped at
another frame, enlarged a panel or closed it; for links that reproduce the view). `tensor_grid` returns the
event in that run, and passes it to `on_event` *before* the run: if an edit is applied there, a single run
updates the picture.

In tests, a grid's numbers are text in the DOM: `[data-tensor="weights"] [data-index="0,1,2,3"]` under
`[data-testid=tg-mirror][data-frame="3"]` (the attribute changes when the text is up to date), each with
`data-value` and `data-masked`. `dispatch_event("mouseover")` on such a cell points at it and
`dispatch_event("click")` clicks it (edits it, or enlarges its panel). Controls: `tg-play`, `tg-prev`,
`tg-next`, `tg-first`, `tg-last`, `tg-scrub`, `tg-speed`, `tg-image`, `tg-unlock`. Texts: `tg-frame`
(data-frame, data-title), `tg-caption`, `tg-code`, `tg-readout`, `tg-tokens`, `tg-link`, `tg-bars`,
`tg-facts`, `tg-curves`. A token that a `TokenLink` colours has `data-weight`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import streamlit as st

from transformer.grid import data
from transformer.grid.texts import TEXTS
from transformer.grid.views import (
    Array,
    Bar,
    Frame,
    GridEvent,
    Index,
    Kind,
    Labels,
    Lock,
    Operand,
    Scale,
    TensorView,
    Token,
    TokenLink,
    index_of,
)
from ui.i18n import commented, t
from ui.state import PRESENTER
from ui.tensor_grid.component import mount

__all__ = [
    "Array",
    "Bar",
    "Frame",
    "GridEvent",
    "Index",
    "Kind",
    "Labels",
    "Lock",
    "Operand",
    "Scale",
    "TensorView",
    "Token",
    "TokenLink",
    "grid_data",
    "grid_texts",
    "index_of",
    "tensor_grid",
]


def tensor_grid(
    frames: Sequence[Frame],
    *,
    key: str,
    height: int | None = None,
    editable: bool = False,
    report: Collection[Literal["frame", "lock"]] = (),
    on_event: Callable[[GridEvent], None] | None = None,
    start: int = 0,
    lock: Lock | None = None,
    revision: int = 0,
    follow: bool = False,
    picture: bool = False,
    stage: bool = False,
    counter: str | None = None,
) -> GridEvent | None:
    """Draw `frames`; return the event that caused this run, or None.

    A `stage` fills the window below its top edge at all steps; other grids are as high as their contents.
    `height` limits the picture, in pixels (default: most of the window); in presenter size, it and everything
    else are 1.4 times as large. The view begins at frame `start`, with panel `lock` enlarged. It moves there
    again if either changes between runs, or if `revision` does. `follow` is for frames that arrive one by one
    and are thinned out: a view at the last frame moves to the new last one, any other stays at the frame of
    the same title. `counter` replaces "Step {number} of {total}" if frames are not steps. `picture` lets the
    user save a single frame as an image; several frames always can be. Raises ValueError if shapes or labels
    do not match, or if there are no frames.
    """

    def handle() -> None:
        event = _event(st.session_state[key].get("event"))
        if event and on_event:
            on_event(event)

    sent = grid_data(
        frames,
        height=height,
        editable=editable,
        report=report,
        start=start,
        lock=lock,
        presenter=PRESENTER.value,
        revision=revision,
        name=key,
        follow=follow,
        picture=picture,
        stage=stage,
        texts=grid_texts() | ({"step": counter} if counter else {}),
    )
    return _event(mount(key=key, data=sent, on_event_change=handle).event)


def grid_data(
    frames: Sequence[Frame], *, texts: dict[str, str] | None = None, **options: Any
) -> dict[str, Any]:
    """What `tensor_grid` sends to the browser, in this session's language; the options are the same.

    Without a session, pass the result of `grid_texts` as `texts`.
    """
    return data.grid_data(frames, texts=texts or grid_texts(), comment=commented, **options)


def _event(value: dict[str, Any] | None) -> GridEvent | None:
    """The event that the browser sent; None if it sent none."""
    if not value:
        return None
    lock = value["lock"]
    return GridEvent(
        kind=value["kind"],
        tensor=value["tensor"],
        cells=tuple(tuple(cell) for cell in value["cells"]),
        frame=value["frame"],
        lock=lock and Lock(lock["tensor"], tuple(lock["panel"])),
    )


def grid_texts() -> dict[str, str]:
    """The texts that the component itself shows, by name, in this session's language."""
    return {name: t(text.message) for name, text in TEXTS.items()}
