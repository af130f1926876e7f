"""How fast each pair of dimensions turns, and how alike that makes any two positions."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from transformer.model import positional
from ui.charts import chart
from ui.i18n import t
from ui.layout import Suggestion, controls, filling_stage, show_source, try_this
from ui.positions.codes import draw_controls, fast_and_slow
from ui.state import Encoding
from viz import positional as figures
from viz.figure import HEIGHT
from viz.positional import Array


def draw() -> None:
    """The section."""
    with controls():
        codes, frequencies = draw_controls()
    with filling_stage():
        st.markdown(f"{fast_and_slow(frequencies)} {about_distance(codes)}")
        left, right = st.columns(2)
        with left:
            _draw_wavelengths(frequencies)
        with right:
            chart(figures.similarity(codes, t("position")), "similarity", fills=True)
    _draw_details(codes, frequencies)
    _suggest(frequencies)
    show_source(positional.frequencies, positional.sinusoidal_encoding)


def _draw_wavelengths(frequencies: Array) -> None:
    titles = (t("dimension"), t("positions per turn"))
    length = Encoding.length.value
    chart(figures.wavelengths(frequencies, length, titles, t("positions shown")), "wavelengths", fills=True)


def _draw_details(codes: Array, frequencies: Array) -> None:
    """The frequencies as a table, and the similarity against the distance."""
    left, right = st.columns(2)
    left.subheader(t("The frequencies, `div_term`"), anchor=False)
    left.dataframe(frequency_table(frequencies), height=HEIGHT, hide_index=True)
    with right:
        st.subheader(t("Likeness against the distance"), anchor=False)
        titles = (t("distance q − p"), "PE(p) · PE(q)")
        chart(figures.by_distance({"PE(p) · PE(q)": codes @ codes.T}, titles), "distance")


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


def about_distance(codes: Array) -> str:
    """A sentence on what similarity depends on."""
    if codes.shape[1] % 2:
        return t(
            "D is odd: the last sine has no cosine beside it, so similarity depends on more than distance."
        )
    return t(
        "Similarity depends on the distance alone: PE(p) · PE(p) = {own} at every p, less to both sides.",
        own=f"{codes[0] @ codes[0]:.3g}",
    )


def _suggest(frequencies: Array) -> None:
    if len(frequencies) == 1:
        raised = t("Raise D: with slower waves, positions a full turn apart are told from each other.")
        try_this(Suggestion(raised, {Encoding.embed_dim: 8}))
        return
    try_this(
        Suggestion(
            t("Lower the base to 10: with no slow waves left, far positions are not alike any more."),
            {Encoding.base: 10},
        ),
        Suggestion(t("Raise the base to 100000: they are more alike."), {Encoding.base: 100000}),
    )
