"""Broadcasting without a mask: the codes of positions, added to every sequence."""

from collections.abc import Callable

import numpy as np

from transformer.experiments import notes
from transformer.experiments.broadcasting import Script
from ui.frames.broadcasting import Named, Stretch, alignment, facts, stretched
from ui.i18n import t
from ui.tensor_grid import Frame, Operand, Scale, TensorView

_AXES = ("B", "L", "D")


def frames() -> list[Frame]:
    """The codes of the model's own `sinusoidal_encoding`, added to every sequence of a batch."""
    script = Script()
    setup = script.run(
        "import torch\n"
        "from transformer.model.positional import sinusoidal_encoding\n\n"
        f"x = {notes.literal(notes.EMBEDDED)}\n"
        "B, L, D = x.shape\n"
        "pe = sinusoidal_encoding(5, D).unsqueeze(0)  # [1, max_len, D]\n"
    )
    line = "torch.broadcast_shapes((1, L, D), x.shape)"
    codes = script.run("codes = pe[:, :L, :]  # a view of the first L rows of pe: nothing is copied")
    total = script.run("total = x + codes  # x + pe[:, :L, :]")
    x, small = Named("x", tuple(script["x"].shape)), Named("codes", tuple(script["codes"].shape))
    draw = _drawing(script)
    strips = alignment(small, x, _AXES)
    return [
        Frame(
            title=t("shapes aligned"),
            tensors=(draw("x", script["x"]), draw("pe", script["pe"])),
            tokens=strips,
            in_columns=True,
            caption=t(
                "x holds {B} sequences of {L} tokens, {D} numbers each. pe has one code for each position "
                "and a batch axis of size 1.",
                B=x.shape[0],
                L=x.shape[1],
                D=x.shape[2],
            ),
            code=setup + line,
            facts=facts(script["pe"]),
        ),
        Frame(
            title=t("the codes of the first L positions"),
            tensors=(draw("pe", script["pe"]), draw("codes", script["codes"])),
            tokens=strips,
            in_columns=True,
            caption=t(
                "Row p is [sin(p), cos(p), sin(p/100), cos(p/100)]. The slice is cut to the length of the "
                "input."
            ),
            code=codes,
            facts=facts(script["codes"]),
        ),
        *stretched(script, small, x, _AXES, draw, _over_the_batch),
        Frame(
            title="x + pe[:, :L, :]",
            tensors=(
                draw("x", script["x"]),
                draw("codes", script["codes"]),
                draw(
                    "total",
                    script["total"],
                    Operand("x", script["x"].numpy()),
                    Operand("codes", script["codes"].numpy()),
                ),
            ),
            tokens=strips,
            in_columns=True,
            caption=t("The same code is added in every sequence: total[b, p] = x[b, p] + codes[0, p]."),
            code=total,
            facts=facts(script["total"]),
            name="sum",
        ),
    ]


def _over_the_batch(back: int) -> Stretch:
    return Stretch(
        "over_batch",
        t("stretched over the batch"),
        t("Every sequence gets the same codes: the stride of the batch axis is 0."),
    )


def _drawing(script: Script) -> Callable[..., TensorView]:
    scale = Scale.around_zero(script["total"].numpy())

    def draw(name: str, values: object, *operands: Operand) -> TensorView:
        array = np.asarray(values)
        names = tuple(t("sequence {n}", n=n) for n in range(array.shape[0])) if array.shape[0] > 1 else ()
        return TensorView(
            name, array, scale, panel_labels=((), names), axis_names=("b", "p", "d"), operands=operands
        )

    return draw
