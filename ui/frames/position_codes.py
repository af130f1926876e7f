"""The table of positional codes, a frame for each position: its code among the others, and on the waves."""

from collections.abc import Sequence

import numpy as np

from ui.i18n import t
from ui.tensor_grid import Frame, Operand, Scale, TensorView
from viz.positional import Array

WRITTEN = 8
"""How many numbers of a code are written out."""


def frames(codes: Array, frequencies: Array, dims: Sequence[int]) -> list[Frame]:
    """Codes [length, D] of frequencies [ceil(D / 2)]; the dimensions `dims` are drawn as waves, too."""
    length, width = codes.shape
    table = TensorView(
        "PE",
        codes,
        Scale("diverging", -1.0, 1.0),
        axis_names=(t("position"), t("dimension")),
        operands=(
            Operand("position", np.arange(length)[:, None]),
            Operand("div_term", np.repeat(frequencies, 2)[None, :width]),
        ),
        show_values=False,
        curves=tuple(dims),
    )
    return [
        Frame(
            t("position {n}", n=position),
            (table,),
            caption=t(
                "Row {n} is what is added to the token at position {n}; the waves take these values where the"
                " line stands.",
                n=position,
            ),
            code=written(position, code),
            row=position,
        )
        for position, code in enumerate(codes)
    ]


def written(position: int, code: Array) -> str:
    """The code of a position, as far as it fits on a line."""
    numbers = ", ".join(f"{number:.4f}" for number in code[:WRITTEN])
    more = ", ..." if len(code) > WRITTEN else ""
    return f"PE({position}) = [{numbers}{more}]"
