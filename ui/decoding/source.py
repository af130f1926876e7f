"""What all sections of the decoding page work on: a model and one to eight inputs, typed or drawn."""

import random

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from transformer import Checkpoint, InputError, Sampling, limits
from ui import inputs, models
from ui.i18n import t
from ui.state import MODEL, PRESENTER, Decoding

_SHIPPED = "decoding_shipped"
"""Session state: the widget that chooses among the shipped models; the setting is `MODEL`."""


def read(checkpoint: Checkpoint, row: DeltaGenerator, example: str | None = None) -> Tensor:
    """The inputs, typed or drawn at random, as ids [B, S]; their fields are drawn into `row`.

    `example` is the text at first, by default the task's. Raises `InputError` if the text cannot be read.
    """
    inputs.fit_example(checkpoint, Decoding.text, example)
    with row:
        inputs.text_lines(
            t("Input, one a line"),
            Decoding.text,
            width=280 if example else 145 if PRESENTER.value else 200,
            help=t(
                "Up to {count} lines; they run as one batch, padded to the longest.",
                count=limits.MAX_SENTENCES,
            ),
        )
        st.button(t("Random input"), on_click=_draw_input, args=(checkpoint,))
    return inputs.read_sources(checkpoint, Decoding.text.value)


def choose_model() -> None:
    """A choice among the shipped models, because presenter size hides the sidebar."""
    shipped = models.shipped()
    st.session_state[_SHIPPED] = MODEL.value if MODEL.value in shipped else None
    st.selectbox(
        t("Model"),
        shipped,
        key=_SHIPPED,
        format_func=models.task_title,
        on_change=_use_shipped,
        placeholder=t("a run of your own"),
        help=t("The model that comes with the project for each task. Your own runs are in the sidebar."),
    )


def choose_others(*problems: InputError | None) -> None:
    """Rarely used controls: how many inputs the button draws, and the model.

    Raises `InputError` for a number that is out of range, here or among the `problems` of earlier fields.
    """
    problem = inputs.number(t("Random inputs at a time"), Decoding.count)
    choose_model()
    inputs.refuse(*problems, problem)


def choose_temperature() -> tuple[InputError | None, ...]:
    """Controls for temperature and seed; `choose_cut` has the others of sampling. Returns their problems."""
    return (
        inputs.number(t("Temperature"), Decoding.temperature, step=0.1),
        inputs.number(t("Seed"), Decoding.seed),
    )


def choose_cut(vocabulary_size: int) -> Sampling:
    """Controls for top-k and top-p; returns all settings of sampling."""
    Decoding.top_k.lower_to(vocabulary_size)
    st.slider(t("Top-k (0: all)"), 0, vocabulary_size, key=Decoding.top_k.name)
    st.slider(t("Top-p (1: all)"), *Decoding.top_p.bounds, step=0.05, key=Decoding.top_p.name)
    return Sampling(
        Decoding.temperature.value, Decoding.top_k.value, Decoding.top_p.value, Decoding.seed.value
    )


def _use_shipped() -> None:
    """Work with the chosen model, on an input that it can read."""
    chosen = st.session_state[_SHIPPED]
    if chosen is None:  # the chosen one was clicked again
        return
    MODEL.set(chosen)
    Decoding.step.set(0)
    try:
        checkpoint = models.named(chosen)
    except InputError:  # the page says so
        return
    try:
        inputs.read_sources(checkpoint, Decoding.text.value)
    except InputError:
        _draw_input(checkpoint)


def _draw_input(checkpoint: Checkpoint) -> None:
    """Put random inputs of a model's task into the text field."""
    chance = random.Random()
    lines = [inputs.random_text(checkpoint, chance) for _ in range(Decoding.count.value)]
    Decoding.text.set("\n".join(lines))
    Decoding.step.set(0)
    Decoding.row.set(0)
