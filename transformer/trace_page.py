"""What every head attended to in a pass, as a page: a step for each attention that a `Trace` holds."""

from collections.abc import Callable, Sequence
from html import escape

import torch
from torch import Tensor

from transformer.errors import InputError
from transformer.grid import Frame, Scale, TensorView, html_page
from transformer.model.trace import Trace

Labels = Callable[[str], tuple[Sequence[str], Sequence[str]]]
"""For the name of an attention: the tokens that its rows and its columns stand for, or nothing."""


def attention_frames(trace: Trace, labels: Labels = lambda place: ((), ())) -> list[Frame]:
    """One for each `....weights` [B, H, L, S], masked keys hatched. Raises `InputError` if there is none."""
    names = [name.removesuffix(".weights") for name in trace if name.endswith("weights")]
    if not names:
        raise InputError("This trace holds no attention weights.")
    return [_frame(trace, name, labels) for name in names]


def attention_page(trace: Trace, title: str, labels: Labels = lambda place: ((), ())) -> str:
    """A page that needs no server."""
    return html_page(attention_frames(trace, labels), title, name="attention", stage=True, picture=True)


def attention_frame_of_a_notebook(trace: Trace) -> str:
    """The same as HTML for the cell of a notebook, in a frame of its own."""
    page = escape(attention_page(trace, "Attention"), quote=True)
    return f'<iframe srcdoc="{page}" style="width: 100%; height: 640px; border: 0"></iframe>'


def _frame(trace: Trace, name: str, labels: Labels) -> Frame:
    weights = trace[f"{name}.weights" if name != "weights" else name].float()
    rows, columns = labels(name)
    fits = len(rows) == weights.size(-2) and len(columns) == weights.size(-1)
    masked = _masked(trace, name, weights)
    view = TensorView(
        "weights",
        weights.nan_to_num(0.0).numpy(),
        Scale.unit(),
        masked=None if masked is None else masked.numpy(),
        row_labels=tuple(rows) if fits else (),
        column_labels=tuple(columns) if fits else (),
        axis_names=("sentence", "head", "query", "key")[4 - weights.dim() :],
    )
    return Frame(name, (view,), caption="Rows are queries, columns are keys. Hatched keys are masked.")


def _masked(trace: Trace, name: str, weights: Tensor) -> Tensor | None:
    """What the mask of the same attention forbids, if it was recorded."""
    place = f"{name}.mask"
    if place not in trace:
        return None
    return ~torch.broadcast_to(trace[place], weights.shape)


Trace.as_page = attention_frame_of_a_notebook
