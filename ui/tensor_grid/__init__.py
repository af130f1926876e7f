"""The tensor grid: tensors as grids of panels over a list of frames, stepped through in the browser.

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

A rerun happens only for what the page asks for: `editable=True` (clicks and drags on cells, row headers
and column headers arrive as one event with all cells to toggle), `report=("frame", "lock")` (the user came
to rest at another frame, enlarged a panel or let it go; for links that reproduce the view). The event is
returned by `tensor_grid` in that run, and given to `on_event` *before* the run: apply an edit there and
the picture is new after a single run.

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
    """Draw `frames` and return what the user did to cause this run, if it was something asked for.

    A `stage` fills the room that is left in the window below its top edge, whatever that room is: step bar,
    sentence, tokens and picture stand in it together, and keep their height while one steps. Other grids are
    as high as what they show. `height` bounds the picture in pixels (default: most of the window). `start`
    and `lock` are where the view begins; changing either between runs moves the view, and another `revision`
    puts it there even if they are what they were. In presenter size everything is drawn 1.4 times as large,
    `height` too. `follow` is for frames that come one by one and are thinned out: whoever is at the last one
    is taken to the new last one, any other stays at the frame of the same title. `counter` stands for "Step
    {number} of {total}" where frames are no steps. A `picture` can be saved of several frames always, of a
    single one if asked for. Raises ValueError if shapes or labels do not fit together, or without any frame.
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
    """What `tensor_grid` sends to the browser, in this session's language; options as there.

    `texts` is what `grid_texts` gave, where there is no session to tell the language."""
    return data.grid_data(frames, texts=texts or grid_texts(), comment=commented, **options)


def _event(value: dict[str, Any] | None) -> GridEvent | None:
    """What the browser sent, as a record."""
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
    """Every string the component itself shows, in this session's language."""
    return {name: t(text.message) for name, text in TEXTS.items()}
