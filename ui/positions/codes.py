"""The codes themselves: as colours, as waves, their frequencies, and how alike any two of them are."""

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from transformer import PositionalEncoding, limits, positional
from ui.i18n import t
from ui.layout import notice, part, show_source, try_this
from ui.state import Encoding
from viz import positional as figures
from viz.figure import HEIGHT

Array = NDArray[np.float64]
WAVES = "pe_waves_choice"
"""Key of the widget that shows `Encoding.waves` as a list."""


def draw() -> None:
    """The section."""
    codes, frequencies = draw_controls()
    part("encoding", _draw_position, codes)
    _draw_frequencies(frequencies)
    _draw_similarity(codes)
    _draw_remarks(codes, frequencies)
    show_source(positional.frequencies, positional.sinusoidal_encoding, PositionalEncoding)


def draw_controls() -> tuple[Array, Array]:
    """The sliders, and what they ask for: codes [length, D] and frequencies [ceil(D / 2)]."""
    dim, length, base = st.columns(3)
    dim.slider(t("dimensions D"), *Encoding.embed_dim.bounds, key=Encoding.embed_dim.name)
    length.slider(t("positions"), *Encoding.length.bounds, key=Encoding.length.name)
    base.select_slider(t("base"), [10, 100, 1000, 10000, 100000], key=Encoding.base.name)
    width, base_value = Encoding.embed_dim.value, Encoding.base.value
    codes = positional.sinusoidal_encoding(Encoding.length.value, width, base_value)
    return codes.double().numpy(), positional.frequencies(width, base_value).numpy()


def _draw_position(codes: Array) -> None:
    """A position, and where its code lies among the others."""
    last = len(codes) - 1
    Encoding.position.set(min(Encoding.position.value, last))
    slider, code = st.columns([1, 2], gap="medium", vertical_alignment="bottom")
    slider.slider(t("chosen position"), 0, last, key=Encoding.position.name)
    chosen = Encoding.position.value
    numbers = ", ".join(f"{number:.4f}" for number in codes[chosen][:8])
    more = ", ..." if codes.shape[1] > 8 else ""
    code.code(f"PE({chosen}) = [{numbers}{more}]", language=None, wrap_lines=True)
    _draw_codes(codes, chosen)


def _draw_codes(codes: Array, chosen: int) -> None:
    left, right = st.columns(2)
    left.subheader(t("The codes"), anchor=False)
    left.plotly_chart(figures.heatmap(codes, chosen, (t("dimension"), t("position"))), key="codes")
    with right:
        st.subheader(t("Some dimensions as waves"), anchor=False)
        dims = _choose_waves(codes.shape[1])
        st.plotly_chart(
            figures.waves(codes, dims, chosen, (t("position"), t("value")), t("dimension {n}", n="{n}")),
            key="waves",
        )


def _choose_waves(width: int) -> list[int]:
    """The dimensions to draw: those chosen, or a spread of them."""
    wanted = [int(word) for word in Encoding.waves.value.split(",") if word.isascii() and word.isdigit()]
    spread = sorted({0, *(2 * (width // share) for share in (16, 8, 4)), width - 1 - (width - 1) % 2})
    fitting = list(dict.fromkeys(dim for dim in wanted if dim < width))[: limits.MAX_COMPARED]
    st.session_state[WAVES] = fitting or [dim for dim in spread if dim < width]
    st.multiselect(
        t("Dimensions to draw"),
        range(width),
        key=WAVES,
        max_selections=limits.MAX_COMPARED,
        on_change=_keep_waves,
        label_visibility="collapsed",
    )
    return list(st.session_state[WAVES])


def _keep_waves() -> None:
    Encoding.waves.set(",".join(str(dim) for dim in st.session_state[WAVES]))


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
    slow = len(frequencies) - 1
    own = codes[Encoding.position.value] @ codes[Encoding.position.value]
    notice(
        t(
            "Low dimensions turn fast, high ones slowly: dimension 0 needs {fast} positions for a full turn, "
            "dimension {dim} needs {slow}.",
            fast=f"{2 * np.pi / frequencies[0]:.3g}",
            dim=2 * slow,
            slow=f"{2 * np.pi / frequencies[slow]:,.0f}",
        ),
        t("Each even dimension is a sine, the odd one after it the cosine of the same angle."),
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
        t("Lower the base: codes repeat within the positions shown, and far positions look alike."),
        t("Choose an odd D: the last sine has no cosine beside it."),
        t("Draw dimensions 0 and 1: sine and cosine of one angle, a quarter of a turn apart."),
    )
