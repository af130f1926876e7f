"""Why the codes are made of sines and cosines: counting, turning, telling apart, and plain integers."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from transformer import Checkpoint, positional
from ui import models
from ui.i18n import t
from ui.layout import show_source
from ui.positions.codes import draw_controls
from ui.positions.questions import question
from ui.state import Encoding
from viz import positional as figures
from viz.circles import Words, circles

Array = NDArray[np.float64]

COUNTED = 16
"""Positions in the comparison with a binary counter."""

BITS = 4
CIRCLES = 6
"""Circles drawn at most, spread over the frequencies."""

FRAMES = 60
"""Positions of the animation at most."""


def draw() -> None:
    """The section."""
    codes, frequencies = draw_controls()
    _ask(codes)
    _draw_counter()
    _draw_rotation(codes, frequencies)
    _draw_uniqueness(codes)
    _draw_integers(models.current())
    show_source(positional.shift_matrix, positional.sinusoidal_encoding)


def _ask(codes: Array) -> None:
    lengths = np.linalg.norm(codes, axis=1)
    question(
        "why-this-form",
        t("Why does the positional encoding have this form?"),
        t(
            "Every position gets a code of its own, however long the sequence; all codes are about equally "
            "long (here from {shortest} to {longest}), so none drowns the word; and moving by k positions is "
            "the same turn everywhere, so that a linear layer can learn to look k positions away. The "
            "pictures below show these one by one, for the sliders above.",
            shortest=f"{lengths.min():.3f}",
            longest=f"{lengths.max():.3f}",
        ),
    )


# --- a counter ---------------------------------------------------------------------------------------------


def _draw_counter() -> None:
    st.subheader(t("A binary counter, made smooth"), anchor=False)
    bits, sines = counter()
    st.plotly_chart(
        figures.counter(
            bits,
            sines,
            (t("binary digits of p, lowest first"), t("sin of four frequencies"), t("digit"), t("position")),
        ),
        key="counter",
    )
    st.markdown(
        t(
            "Counting in binary, the lowest digit flips at every step, the next at every second, then every "
            "fourth: fast columns to the left, slow ones to the right, and no two rows are equal. The sines "
            "do the same with waves of 2, 4, 8 and 16 positions, shifted by half a position. The encoding "
            "itself lets its waves grow by a factor of {factor} from pair to pair, for this D and base, "
            "where the counter has 2.",
            factor=f"{Encoding.base.value ** (2 / Encoding.embed_dim.value):.4g}",
        )
    )


def counter() -> tuple[Array, Array]:
    """The digits of 0 to 15, and sines that turn as often as the digits do: [16, 4] each."""
    position = np.arange(COUNTED)[:, None]
    period = 2 ** np.arange(1, BITS + 1)
    bits = (position // (period // 2) % 2).astype(float)
    return bits, -np.sin(2 * np.pi * (position + 0.5) / period)


# --- rotation ----------------------------------------------------------------------------------------------


def _draw_rotation(codes: Array, frequencies: Array) -> None:
    st.subheader(t("Moving by k is a turn"), anchor=False)
    st.slider(t("k, positions to move by"), 1, 50, key=Encoding.shift.name)
    steps, pairs = Encoding.shift.value, codes.shape[1] // 2
    if not pairs:
        st.info(t("D = 1 has one sine and no pair to turn; choose a larger D."))
        return
    shown = np.unique(np.linspace(0, pairs - 1, min(pairs, CIRCLES)).round().astype(int))
    st.plotly_chart(rotation_figure(frequencies[shown], shown, steps), key="circles")
    matrix = positional.shift_matrix(steps, codes.shape[1], Encoding.base.value).numpy()
    left, right = st.columns(2)
    left.plotly_chart(figures.matrix(matrix, t("dimension")), key="shift_matrix")
    with right:
        _draw_residual(matrix, steps)


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


def _draw_residual(matrix: Array, steps: int) -> None:
    """The matrix put to the test on the codes that the model adds, in single precision as it adds them."""
    moved, residual = residuals(matrix, steps)
    st.markdown(
        t(
            "Step through p above: the angle between the two arrows of a circle never changes. It is k times "
            "the pair's frequency, here {angle} radians on the first circle. So one matrix M, the same for "
            "every p, moves every code by k: PE(p + {steps}) = M PE(p).",
            angle=f"{float(steps):g}",
            steps=steps,
        )
    )
    st.code(
        f"M = shift_matrix({steps}, {Encoding.embed_dim.value}, {Encoding.base.value})"
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
    if Encoding.embed_dim.value % 2:
        st.markdown(t("D is odd: the last sine has no cosine to be turned with, and is left out of M."))


def residuals(matrix: Array, steps: int) -> tuple[int, float]:
    """How many codes were moved, and the largest |PE(p + k) - M PE(p)| among them."""
    count = max(Encoding.length.value, steps + 2)
    pe = positional.sinusoidal_encoding(count, Encoding.embed_dim.value, Encoding.base.value).numpy()
    pe = pe[:, : len(matrix)]
    moved = pe[:-steps] @ matrix.T.astype(np.float32)
    return len(moved), float(np.abs(pe[steps:] - moved).max())


# --- uniqueness --------------------------------------------------------------------------------------------


def _draw_uniqueness(codes: Array) -> None:
    st.subheader(t("No two positions alike"), anchor=False)
    length, base = Encoding.length.value, Encoding.base.value
    widths = sorted({2, 4, 8, 16, 32, 64, 128, 256, codes.shape[1]})
    nearest = [
        closest(positional.sinusoidal_encoding(length, width, base).double().numpy()) for width in widths
    ]
    left, right = st.columns(2)
    left.plotly_chart(
        figures.lines(
            widths,
            {t("distance of the two closest codes"): np.array([found[0] for found in nearest])},
            (t("dimensions D"), t("distance")),
            mark=codes.shape[1],
        ).update_xaxes(type="log", tickvals=widths),
        key="closest",
    )
    two, own = nearest[widths.index(2)], nearest[widths.index(codes.shape[1])]
    right.markdown(
        t(
            "Of {length} positions the two closest with D = {dims} are {p} and {q}, {distance} apart. With "
            "D = 2, a single hand on a single dial, they are {p2} and {q2}, only {distance2} apart: after "
            "about {turn} positions the hand is back where it was. Every further frequency tells apart what "
            "the faster ones confuse, as the hour hand does for the minute hand.",
            length=length,
            dims=codes.shape[1],
            p=own[1],
            q=own[2],
            distance=f"{own[0]:.4f}",
            p2=two[1],
            q2=two[2],
            distance2=f"{two[0]:.4f}",
            turn=f"{2 * np.pi:.2f}",
        )
    )


def closest(codes: Array) -> tuple[float, int, int]:
    """The smallest distance between two different rows of [length, D], and which rows they are."""
    square = (codes**2).sum(axis=1)
    apart = square[:, None] + square[None, :] - 2 * codes @ codes.T
    np.fill_diagonal(apart, np.inf)
    p, q = np.unravel_index(int(apart.argmin()), apart.shape)
    return float(np.linalg.norm(codes[p] - codes[q])), int(p), int(q)


# --- plain integers ----------------------------------------------------------------------------------------


def _draw_integers(checkpoint: Checkpoint) -> None:
    st.subheader(t("What plain integers would do"), anchor=False)
    encoder, length = checkpoint.model.encoder, Encoding.length.value
    words = encoder.embed.weight.detach()[1:].double().numpy() * encoder.scale
    position = np.arange(length)[:, None]
    codes = positional.sinusoidal_encoding(length, words.shape[1]).double().numpy()
    ones = np.ones((1, words.shape[1]))
    kinds = {
        t("sines and cosines"): codes,
        t("the integer p in every dimension"): position * ones,
        t("p / {last}, so that all lie between 0 and 1", last=length - 1): position
        / max(length - 1, 1)
        * ones,
    }
    alike = {name: word_likeness(words, code) for name, code in kinds.items()}
    left, right = st.columns(2)
    left.plotly_chart(
        figures.lines(list(range(length)), alike, (t("position"), t("likeness of two words, mean cosine"))),
        key="integers",
    )
    sines, integers, shares = (values[-1] for values in alike.values())
    right.markdown(
        t(
            "Put any two different words of the current model at the same position, add the position's code, "
            "and ask how alike they are: 1 means that only the position is left. At position {last} that is "
            "{sines} with sines and cosines and {integers} with the integer itself: its size, {norm} against "
            "{word} for a word, drowns the word. And a number that is the same in all dimensions is what "
            "LayerNorm takes away again.",
            last=length - 1,
            sines=f"{sines:.3f}",
            integers=f"{integers:.3f}",
            norm=f"{(length - 1) * words.shape[1] ** 0.5:.1f}",
            word=f"{np.linalg.norm(words, axis=1).mean():.1f}",
        )
        + "\n\n"
        + t(
            "Dividing by the length keeps the numbers small ({shares} at the end), but then one step is "
            "{step} here and another size in every other sequence: “the token before” has no fixed meaning.",
            shares=f"{shares:.3f}",
            step=f"{1 / max(length - 1, 1):.4f}",
        )
    )


def word_likeness(words: Array, codes: Array) -> Array:
    """Mean cosine between two different words [V, D] at one position, for each of the codes [length, D]."""
    count = len(words)
    sums = words[None] + codes[:, None]  # [length, V, D]
    units = sums / np.linalg.norm(sums, axis=-1, keepdims=True)
    cosines: Array = units @ units.transpose(0, 2, 1)  # [length, V, V]
    likeness: Array = (cosines.sum(axis=(1, 2)) - count) / (count * (count - 1))
    return likeness
