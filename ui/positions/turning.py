"""PE(p + k) is PE(p) turned: animated circles, and the matrix that turns it, with a test."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from transformer.experiments.position_interventions import shift_matrix
from transformer.model import positional
from ui.charts import chart
from ui.i18n import t
from ui.positions.codes import SLIDER
from ui.state import Encoding
from viz import positional as figures
from viz.circles import Words, circles
from viz.positional import Array

CIRCLES = 6
"""Circles drawn at most, spread over the frequencies."""

FRAMES = 60
"""Positions of the animation at most."""


def choose_shift() -> None:
    """A slider: by how many positions to move."""
    st.slider(t("move by k"), *Encoding.shift.bounds, key=Encoding.shift.name, width=SLIDER)


def draw(width: int, frequencies: Array) -> None:
    """The circles, and beside them the matrix, for codes of `width` dimensions."""
    steps, pairs = Encoding.shift.value, width // 2
    if not pairs:
        st.info(t("D = 1 has one sine and no pair to turn; choose a larger D."))
        return
    shown = np.unique(np.linspace(0, pairs - 1, min(pairs, CIRCLES)).round().astype(int))
    left, right = st.columns([3, 2])
    with left:
        chart(rotation_figure(frequencies[shown], shown, steps), "circles", fills=True)
    with right:
        st.markdown(
            t(
                "Step through p: the angle between the two arrows of a circle never changes. It is k times "
                "the pair's frequency, here {angle} radians on the first circle. So one matrix M, the same "
                "for every p, moves every code by k: PE(p + {steps}) = M PE(p).",
                angle=f"{float(steps):g}",
                steps=steps,
            )
        )
        chart(figures.matrix(_matrix(width), t("dimension")), "shift_matrix", fills=True)


def _matrix(width: int) -> Array:
    matrix: Array = shift_matrix(Encoding.shift.value, width, Encoding.base.value).numpy()
    return matrix


def rotation_figure(frequencies: Array, shown: NDArray[np.int64], steps: int) -> go.Figure:
    """PE(p) and PE(p + k) as arrows on a circle per pair: across is the cosine, up is the sine."""
    position = np.arange(min(Encoding.length.value, FRAMES))[:, None]
    names = [
        t("dimensions {first}, {second}", first=2 * i, second=2 * i + 1) + f"<br>{frequency:.3g} rad"
        for i, frequency in zip(shown, frequencies, strict=True)
    ]
    arrows = {
        "PE(p)": np.exp(1j * position * frequencies),
        f"PE(p + {steps})": np.exp(1j * (position + steps) * frequencies),
    }
    words = Words(t("Play"), t("Pause"), "p = ")
    return circles(names, arrows, [str(p) for p in position[:, 0]], words)


def draw_residual(width: int) -> None:
    """Test the matrix on the codes that the model adds, in the single precision that it has."""
    if width < 2:
        return
    matrix, steps = _matrix(width), Encoding.shift.value
    moved, residual = residuals(matrix, steps)
    st.code(
        f"M = shift_matrix({steps}, {width}, {Encoding.base.value})"
        f"  # {list(matrix.shape)}\n"
        f"(pe[{steps}:] - pe[:-{steps}] @ M.T).abs().max()  # {residual:.2g}",
        language="python",
    )
    st.markdown(
        t(
            "Computed for {count} positions: the largest difference is {residual}, which is what rounding to "
            "single precision leaves. M is made of 2 x 2 turns along the diagonal; it shortens nothing. "
            "Attention can learn such a matrix, and with it looks a fixed distance back wherever it stands.",
            count=moved,
            residual=f"{residual:.1e}",
        )
    )
    if width % 2:
        st.markdown(t("D is odd: the last sine has no cosine to be turned with, and is left out of M."))


def residuals(matrix: Array, steps: int) -> tuple[int, float]:
    """How many codes were moved, and the largest |PE(p + k) - M PE(p)| among them."""
    count = max(Encoding.length.value, steps + 2)
    pe = positional.sinusoidal_encoding(count, Encoding.embed_dim.value, Encoding.base.value).numpy()
    pe = pe[:, : len(matrix)]
    moved = pe[:-steps] @ matrix.T.astype(np.float32)
    return len(moved), float(np.abs(pe[steps:] - moved).max())
