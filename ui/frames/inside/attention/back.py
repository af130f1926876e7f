"""From heads to tokens: transpose, contiguous, view, fc_out."""

import torch

from transformer.experiments.broadcasting import attempt
from ui.frames.inside.attention.places import Place
from ui.frames.inside.attention.views import sizes
from ui.frames.inside.notebook import Notebook
from ui.i18n import t
from ui.tensor_grid import Frame


def refused(notebook: Notebook) -> Frame:
    """`view` without `contiguous` on transposed heads: PyTorch's error, or why it works here."""
    together = notebook.cell("back to tokens")
    wrong = "merged = transposed.view(B, L, D)"
    with torch.no_grad():
        outcome = attempt(wrong, notebook.script.names)
    said = (
        outcome.error
        + "\n"
        + t(
            "After the transpose the heads of one token lie {stride} numbers apart, so no strides make them "
            "one axis: a `view` would have to move numbers, and refuses.",
            stride=notebook["transposed"].stride(2),
        )
        if outcome.error
        else t(
            "Here it happens to work: with one query (or one head) the numbers already lie in a row, as in a "
            "cached step of decoding."
        )
    )
    return Frame(
        t("back without contiguous"),
        (notebook.view("transposed", axes="BLHd", reads=(("context", (0, 2, 1, 3)),)),),
        said,
        f"{together}\n# {wrong}",
        facts=notebook.facts("context", "transposed"),
    )


def merged(notebook: Notebook, at: Place) -> Frame:
    """The heads side by side again."""
    code = notebook.cell("side by side")
    return Frame(
        t("contiguous, then view"),
        (notebook.vectors("merged", at.rows),),
        t(
            "`contiguous` writes the numbers down in the new order, {bytes} bytes; now a view can read "
            "{H} x {Dh} as {D} again: the heads side by side.",
            bytes=f"{notebook['merged'].numel() * 4:,}",
            **sizes(notebook),
        ),
        code,
        facts=notebook.facts("transposed", "merged"),
    )


def output(notebook: Notebook, at: Place) -> Frame:
    """The last projection, compared with what the trace recorded."""
    code = notebook.cell("output") + notebook.compare("output", f"{at.name}.output")
    return Frame(
        "fc_out",
        (
            notebook.vectors("merged", at.rows),
            notebook.view("weight", axes="jd"),
            notebook.vectors(
                "output",
                at.rows,
                reads=(
                    ("merged", (0, 1, None)),
                    ("weight", (2, None)),
                    ("bias", (2,)),
                ),
                formula="{0·1} + {2}",
            ),
        ),
        t(
            "Up to here the heads are independent: each owns {Dh} of the {D} columns. fc_out mixes them, "
            "and its result is what the trace recorded as the output of the attention.",
            **sizes(notebook),
        ),
        code,
        facts=notebook.facts("output") + notebook.rounding(),
    )
