"""The attention of every head in a pass, as an HTML page: one step for each attention in a `Trace`."""

from collections.abc import Callable, Sequence
from html import escape

import torch
from torch import Tensor

from transformer.errors import InputError
from transformer.grid import Frame, Scale, TensorView, html_page
from transformer.model.trace import Trace

Labels = Callable[[str], tuple[Sequence[str], Sequence[str]]]
"""Maps the name of an attention to the tokens of its rows and of its columns; empty if unknown."""


def attention_frames(trace: Trace, labels: Labels = lambda place: ((), ())) -> list[Frame]:
    """One frame for each `....weights` [B, H, L, S], with masked keys hatched.

    Raises `InputError` if there are none.
    """
    names = [name.removesuffix(".weights") for name in trace if name.endswith("weights")]
    if not names:
        raise InputError("This trace holds no attention weights.")
    return [_frame(trace, name, labels) for name in names]


def attention_page(trace: Trace, title: str, labels: Labels = lambda place: ((), ())) -> str:
    """A self-contained HTML page of `attention_frames`."""
    return html_page(attention_frames(trace, labels), title, name="attention", stage=True, picture=True)


def attention_frame_of_a_notebook(trace: Trace) -> str:
    """The page in an iframe, as HTML for a notebook cell."""
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
    """True where the mask of the same attention forbids, in the shape of `weights`; None if not recorded."""
    place = f"{name}.mask"
    if place not in trace:
        return None
    return ~torch.broadcast_to(trace[place], weights.shape)


Trace.as_page = attention_frame_of_a_notebook
