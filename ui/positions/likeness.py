"""How fast each pair of dimensions turns, and how alike that makes any two positions."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from transformer import positional
from ui.i18n import t
from ui.layout import notice, show_source, try_this
from ui.positions.codes import draw_controls, fast_and_slow
from ui.state import Encoding
from viz import positional as figures
from viz.figure import HEIGHT

Array = NDArray[np.float64]


def draw() -> None:
    """The section."""
    codes, frequencies = draw_controls()
    _draw_frequencies(frequencies)
    _draw_similarity(codes)
    _draw_remarks(codes, frequencies)
    show_source(positional.frequencies, positional.sinusoidal_encoding)


def _draw_frequencies(frequencies: Array) -> None:
    left, right = st.columns(2)
    left.subheader(t("Positions per full turn"), anchor=False)
    left.plotly_chart(
        figures.wavelengths(
            frequencies,
            Encoding.length.value,
            (t("dimension"), t("positions per turn")),
            t("positions shown"),
        ),
        key="wavelengths",
    )
    right.subheader(t("The frequencies, `div_term`"), anchor=False)
    right.dataframe(frequency_table(frequencies), height=HEIGHT, hide_index=True)


def frequency_table(frequencies: Array) -> pd.DataFrame:
    """A row for each pair of dimensions: its frequency and what follows from it."""
    turns = frequencies * (Encoding.length.value - 1) / (2 * np.pi)
    columns: dict[str, Any] = {
        t("dimensions"): [f"{2 * i}, {2 * i + 1}" for i in range(len(frequencies))],
        "div_term": [f"{frequency:.6g}" for frequency in frequencies],
        t("positions per turn"): [f"{2 * np.pi / frequency:.6g}" for frequency in frequencies],
        t("turns shown"): [f"{turn:.4g}" for turn in turns],
    }
    if Encoding.embed_dim.value % 2:
        columns[t("dimensions")][-1] = str(2 * len(frequencies) - 2)
    return pd.DataFrame(columns)


def _draw_similarity(codes: Array) -> None:
    left, right = st.columns(2)
    left.subheader(t("How alike two positions are"), anchor=False)
    left.plotly_chart(figures.similarity(codes, t("position")), key="similarity")
    right.subheader(t("The same against the distance"), anchor=False)
    right.plotly_chart(
        figures.by_distance({"PE(p) · PE(q)": codes @ codes.T}, (t("distance q − p"), "PE(p) · PE(q)")),
        key="distance",
    )


def _draw_remarks(codes: Array, frequencies: Array) -> None:
    own = codes[0] @ codes[0]
    notice(
        fast_and_slow(frequencies),
        t(
            "Similarity depends on the distance alone: PE(p) · PE(p) = {own} at every p, less to both sides.",
            own=f"{own:.3g}",
        )
        if codes.shape[1] % 2 == 0
        else t(
            "D is odd: the last sine has no cosine beside it, so similarity depends on more than distance."
        ),
    )
    try_this(
        t(
            "Lower the base: with no slow waves left, far positions are not alike any more. Raise it, and "
            "they are more alike."
        )
        if len(frequencies) > 1
        else t("Raise D: with slower waves, positions a full turn apart are told from each other.")
    )
