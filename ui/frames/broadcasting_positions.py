"""Broadcasting without a mask: the codes of positions, added to every sequence."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from transformer.experiments import notes
from transformer.experiments.broadcasting import Script
from ui.frames.broadcasting import Draw, Named, Stretch, alignment, facts, stretched
from ui.i18n import t
from ui.taught import assigned, cells
from ui.tensor_grid import Frame, Operand, Scale, TensorView

_AXES = ("B", "L", "D")
_CODE = cells(Path(__file__).parent / "code/positions.py")


def frames() -> list[Frame]:
    """The codes of the model's own `sinusoidal_encoding`, added to every sequence of a batch."""
    script = Script()
    setup = script.run(assigned(_CODE["setup"], x=notes.literal(notes.EMBEDDED)))
    codes, total = script.run(_CODE["codes"]), script.run(_CODE["sum"])
    x, small = Named("x", tuple(script["x"].shape)), Named("codes", tuple(script["codes"].shape))
    draw = _drawing(script)
    steps = (_aligned(script, draw, setup), _sliced(script, draw, codes), _added(script, draw, total))
    first, second, last = (
        replace(step, tokens=alignment(small, x, _AXES), in_columns=True) for step in steps
    )
    return [first, second, *stretched(script, small, x, _AXES, draw, _over_the_batch), last]


def _aligned(script: Script, draw: Draw, code: str) -> Frame:
    B, L, D = script["x"].shape
    return Frame(
        title=t("shapes aligned"),
        tensors=(draw("x", script["x"]), draw("pe", script["pe"])),
        caption=t(
            "x holds {B} sequences of {L} tokens, {D} numbers each. pe has one code for each position "
            "and a batch axis of size 1.",
            B=B,
            L=L,
            D=D,
        ),
        code=code,
        facts=facts(script["pe"]),
    )


def _sliced(script: Script, draw: Draw, code: str) -> Frame:
    return Frame(
        title=t("the codes of the first L positions"),
        tensors=(draw("pe", script["pe"]), draw("codes", script["codes"])),
        caption=t(
            "Row p is [sin(p), cos(p), sin(p/100), cos(p/100)]. The slice is cut to the length of the input."
        ),
        code=code,
        facts=facts(script["codes"]),
    )


def _added(script: Script, draw: Draw, code: str) -> Frame:
    reads = tuple(Operand(name, script[name].numpy()) for name in ("x", "codes"))
    return Frame(
        title="x + pe[:, :L, :]",
        tensors=(
            draw("x", script["x"]),
            draw("codes", script["codes"]),
            draw("total", script["total"], *reads),
        ),
        caption=t("The same code is added in every sequence: total[b, p] = x[b, p] + codes[0, p]."),
        code=code,
        facts=facts(script["total"]),
        name="sum",
    )


def _over_the_batch(back: int) -> Stretch:
    return Stretch(
        "over_batch",
        t("stretched over the batch"),
        t("Every sequence gets the same codes: the stride of the batch axis is 0."),
    )


def _drawing(script: Script) -> Draw:
    scale = Scale.around_zero(script["total"].numpy())

    def draw(name: str, values: object, *operands: Operand) -> TensorView:
        array = np.asarray(values)
        names = tuple(t("sequence {n}", n=n) for n in range(array.shape[0])) if array.shape[0] > 1 else ()
        return TensorView(
            name, array, scale, panel_labels=((), names), axis_names=("b", "p", "d"), operands=operands
        )

    return draw
