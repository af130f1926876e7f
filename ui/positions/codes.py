"""The codes themselves: as colours and as waves."""

import numpy as np
import streamlit as st

from transformer import PositionalEncoding, limits
from transformer.model import positional
from ui.frames import position_codes
from ui.i18n import t
from ui.layout import Suggestion, controls, notice, part, show_source, try_this
from ui.state import Encoding
from ui.steps import events, stepping_grid
from ui.tensor_grid import Frame
from viz.positional import Array

SLIDER = 200
"""Pixels of a slider in a row of controls, its label included."""

WAVES = "pe_waves_choice"
"""Key of the widget that shows `Encoding.waves` as a list."""


def draw() -> None:
    """The section."""
    with controls():
        codes, frequencies = draw_controls()
        waves = _choose_waves(codes.shape[1])
    frames = position_codes.frames(codes, frequencies, waves)
    start = Encoding.position.lower_to(len(codes) - 1)
    part(_draw_grid, frames, start, events("codes"))
    _draw_remarks(frequencies)
    show_source(positional.frequencies, positional.sinusoidal_encoding, PositionalEncoding)


def draw_controls() -> tuple[Array, Array]:
    """Controls for D, length and base. Returns codes [length, D] and frequencies [ceil(D / 2)]."""
    st.slider(t("dimensions D"), *Encoding.embed_dim.bounds, key=Encoding.embed_dim.name, width=SLIDER)
    choose_length()
    choose_base()
    width, base_value = Encoding.embed_dim.value, Encoding.base.value
    codes = positional.sinusoidal_encoding(Encoding.length.value, width, base_value)
    return codes.double().numpy(), positional.frequencies(width, base_value).numpy()


def choose_length() -> None:
    """A slider for the number of positions."""
    st.slider(t("positions"), *Encoding.length.bounds, key=Encoding.length.name, width=SLIDER)


def choose_base() -> None:
    """A slider for the base of the frequencies."""
    bases = [10, 100, 1000, 10000, 100000]
    st.select_slider(t("base"), bases, key=Encoding.base.name, width=SLIDER)


def _draw_grid(frames: list[Frame], start: int, revision: int) -> None:
    """All codes and some dimensions as waves; positions are stepped through in the browser.

    `start` stays what it was when the page ran, so that the grid's data is not sent again.
    """
    stepping_grid(frames, "codes", Encoding.position, start=start, revision=revision)


def _choose_waves(width: int) -> list[int]:
    """A control for the dimensions drawn as waves; by default they are spread over all."""
    wanted = [int(word) for word in Encoding.waves.value.split(",") if word.isascii() and word.isdigit()]
    spread = sorted({0, *(2 * (width // share) for share in (16, 8, 4)), width - 1 - (width - 1) % 2})
    fitting = list(dict.fromkeys(dim for dim in wanted if dim < width))[: limits.MAX_COMPARED]
    st.session_state[WAVES] = fitting or [dim for dim in spread if dim < width]
    with st.popover(t("Waves"), key="choose_waves"):
        st.multiselect(
            t("Dimensions drawn as waves"),
            range(width),
            key=WAVES,
            select_all=False,
            max_selections=limits.MAX_COMPARED,
            on_change=_keep_waves,
        )
    return list(st.session_state[WAVES])


def _keep_waves() -> None:
    Encoding.waves.set(",".join(str(dim) for dim in st.session_state[WAVES]))


def _draw_remarks(frequencies: Array) -> None:
    notice(
        fast_and_slow(frequencies),
        t("Each even dimension is a sine, the odd one after it the cosine of the same angle."),
    )
    width = Encoding.embed_dim.value
    suggestions = [
        Suggestion(
            t("Play: the code of each position, read off the waves where the line stands."),
            {Encoding.position: 0},
        )
    ]
    if width % 2 == 0:
        suggestions.append(
            Suggestion(
                t("Choose an odd D: the last sine has no cosine beside it."), {Encoding.embed_dim: width - 1}
            )
        )
    if width > 1:
        suggestions.append(
            Suggestion(
                t("Draw dimensions 0 and 1: sine and cosine of one angle, a quarter of a turn apart."),
                {Encoding.waves: "0,1"},
            )
        )
    try_this(*suggestions)


def fast_and_slow(frequencies: Array) -> str:
    """A sentence on how many positions low and high dimensions take for a full turn."""
    slow = len(frequencies) - 1
    if slow == 0:
        return t(
            "With D below 3 there is one frequency only: a full turn takes {fast} positions, whatever the "
            "base.",
            fast=f"{2 * np.pi / frequencies[0]:.3g}",
        )
    return t(
        "Low dimensions turn fast, high ones slowly: dimension 0 needs {fast} positions for a full turn, "
        "dimension {dim} needs {slow}.",
        fast=f"{2 * np.pi / frequencies[0]:.3g}",
        dim=2 * slow,
        slow=f"{2 * np.pi / frequencies[slow]:,.0f}",
    )
