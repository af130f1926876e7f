"""Why the codes are made of sines and cosines: counting, turning, telling apart, and plain integers."""

import numpy as np
import streamlit as st

from transformer.experiments.position_interventions import shift_matrix
from transformer.model import positional
from ui import models
from ui.charts import chart
from ui.i18n import figure, t
from ui.layout import Suggestion, controls, filling_stage, show_source, try_this
from ui.positions import integers, turning
from ui.positions.codes import draw_controls
from ui.questions import answer
from ui.state import Encoding
from viz import positional as figures
from viz.positional import Array

COUNTED = 16
"""Positions in the comparison with a binary counter."""

BITS = 4


def draw() -> None:
    """The section."""
    with controls():
        codes, frequencies = draw_controls()
        turning.choose_shift()
    width = codes.shape[1]
    with filling_stage():
        turning.draw(width, frequencies)
    turning.draw_residual(width)
    _draw_counter()
    _draw_uniqueness(codes)
    integers.draw(models.current())
    _suggest(width)
    ask(codes)
    show_source(shift_matrix, positional.sinusoidal_encoding)


def _suggest(width: int) -> None:
    """Settings that show one thing each."""
    found = [
        Suggestion(
            t("Move by k = 44, almost exactly seven full turns of the first pair: its two arrows lie on "
              "each other, those of slower pairs do not."),
            {Encoding.shift: 44},
        ),
        Suggestion(
            t("Base 10: no pair turns slowly. Which two positions are now the closest?"),
            {Encoding.base: 10},
        ),
    ]  # fmt: skip
    if width > 2:
        found.append(Suggestion(t("D = 2: a single dial, and M is a single turn."), {Encoding.embed_dim: 2}))
    try_this(*found)


def ask(codes: Array) -> None:
    """The question that this section answers."""
    answer(
        "pe_form",
        t(
            "Every position gets a code of its own, however long the sequence; {lengths}, so none drowns the "
            "word; and moving by k positions is the same turn everywhere, so that a linear layer can learn "
            "to look k positions away. The pictures above show these one by one, for the sliders at the top.",
            lengths=_lengths(codes),
        ),
    )


def _lengths(codes: Array) -> str:
    """How long the codes are: with an even D all are equally long, since each pair is on the unit circle."""
    lengths = np.linalg.norm(codes, axis=1)
    if codes.shape[1] % 2 == 0:
        return t("all codes are equally long (here {length})", length=figure(lengths[0], ".3f"))
    return t(
        "all codes are about equally long (here from {shortest} to {longest})",
        shortest=figure(lengths.min(), ".3f"),
        longest=figure(lengths.max(), ".3f"),
    )


def _draw_counter() -> None:
    st.subheader(t("A binary counter, made smooth"), anchor=False)
    bits, sines = counter()
    chart(
        figures.counter(
            bits,
            sines,
            (
                t("binary digits of p, lowest first"),
                t("sin of four frequencies"),
                t("digit"),
                t("frequency"),
                t("position"),
            ),
        ),
        "counter",
    )
    st.markdown(
        t(
            "Counting in binary, the lowest digit flips at every step, the next at every second, then every "
            "fourth: fast columns to the left, slow ones to the right, and no two rows are equal. The sines "
            "do the same with waves of 2, 4, 8 and 16 positions, positive where the digit is 1. The encoding "
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


def _draw_uniqueness(codes: Array) -> None:
    st.subheader(t("No two positions alike"), anchor=False)
    length, base = Encoding.length.value, Encoding.base.value
    widths = sorted({2, 4, 8, 16, 32, 64, 128, 256, codes.shape[1]})
    nearest = [
        closest(positional.sinusoidal_encoding(length, width, base).double().numpy()) for width in widths
    ]
    left, right = st.columns(2)
    with left:
        chart(
            figures.lines(
                widths,
                {t("distance of the two closest codes"): np.array([found[0] for found in nearest])},
                (t("dimensions D"), t("distance")),
                mark=codes.shape[1],
            ).update_xaxes(type="log", tickvals=widths),
            "closest",
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
            distance=figure(own[0], ".4f"),
            p2=two[1],
            q2=two[2],
            distance2=figure(two[0], ".4f"),
            turn=f"{2 * np.pi:.2f}",
        )
    )


def closest(codes: Array) -> tuple[float, int, int]:
    """The smallest distance between two rows of `codes` [length, D], and the first two rows at it."""
    square = (codes**2).sum(axis=1)
    apart = square[:, None] + square[None, :] - 2 * codes @ codes.T
    np.fill_diagonal(apart, np.inf)
    near = apart <= apart.min() + 1e-5  # pairs with equal q - p are equally near, but for rounding
    p, q = np.unravel_index(int(near.argmax()), apart.shape)
    return float(np.linalg.norm(codes[p] - codes[q])), int(p), int(q)
