"""Frames and options as JSON-able data for the browser."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

from transformer.grid import payload
from transformer.grid.texts import TEXTS
from transformer.grid.views import Frame, Lock


def grid_data(
    frames: Sequence[Frame],
    *,
    height: int | None = None,
    editable: bool = False,
    report: Collection[Literal["frame", "lock"]] = (),
    start: int = 0,
    lock: Lock | None = None,
    presenter: bool = False,
    revision: int = 0,
    name: str = "tensor-grid",
    texts: dict[str, str] | None = None,
    follow: bool = False,
    picture: bool = False,
    stage: bool = False,
    comment: Callable[[str], str] = str,
) -> dict[str, Any]:
    """The JSON-able data of `frames`.

    `name` is the file name of saved pictures. `texts` are the grid's own texts (`TEXTS`) in another language;
    `comment` translates the comments in code. For the other options see `ui.tensor_grid.tensor_grid`. Raises
    ValueError if there are no frames.
    """
    if not frames:
        raise ValueError("a tensor grid needs at least one frame")
    return payload.build(frames, comment) | {
        "texts": texts or {name: text.message for name, text in TEXTS.items()},
        "options": {
            "height": height,
            "editable": editable,
            "report": sorted(report),
            "start": min(max(start, 0), len(frames) - 1),
            "lock": lock and {"tensor": lock.tensor, "panel": lock.panel},
            "presenter": presenter,
            "revision": revision,
            "name": name,
            "follow": follow,
            "picture": picture,
            "stage": stage,
        },
    }
