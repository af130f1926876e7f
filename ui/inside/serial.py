"""Parallel and serial: the same sequence in one pass and token by token."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from transformer import Transformer, TransformerConfig
from transformer.decoding.stepper import CachedDecoder, RecomputingDecoder
from ui.fault_titles import mistake_title
from ui.frames.inside import serial
from ui.frames.inside.notebook import Pass
from ui.frames.inside.serial import Times
from ui.i18n import sentences, t
from ui.layout import notice, show_source
from ui.questions import answer
from ui.tensor_grid import tensor_grid


def draw(passed: Pass, row: DeltaGenerator) -> None:
    """The two ways side by side, and how long each takes."""
    tensor_grid(serial.frames(passed), key="serial_grid", stage=True)
    if not passed.checkpoint.model.is_causal:
        st.warning(
            t(
                "This model was trained with a mistake: {mistake}. Each new token changes what the earlier "
                "ones see. So one pass and token by token differ here, and there is nothing to cache: the "
                "times “cached” are of computing everything again.",
                mistake=mistake_title(passed.checkpoint.model.config.mistake),
            )
        )
    last = _draw_times(passed)[-1]
    ask(passed)
    notice(*_remarks(last, passed.checkpoint.model.is_causal))
    show_source(RecomputingDecoder, CachedDecoder)


def ask(passed: Pass) -> None:
    """The question that this section answers."""
    answer(
        "parallel",
        t(
            "All {places} places of the {batch} sentences above are computed in one pass. A causal mask, "
            "which hides from each what comes after it, is what makes that the same as token by token. "
            "Writing is not parallel: the next token cannot be computed before this one is known.",
            places=passed.trg_input.size(1),
            batch=passed.trg_input.size(0),
        ),
    )


def _remarks(last: Times, sees_no_future: bool) -> tuple[str, ...]:
    """Remarks on the times; none on the cache if the model sees the future, because it has none then."""
    serial = t("Writing cannot be parallel: each token must be known before the next is computed.")
    if not sees_no_future:
        return (serial,)
    return (
        t(
            "{length} tokens: one pass is {ratio} times as fast as {length} passes, for the same logits.",
            length=last.length,
            ratio=f"{last.token_by_token / last.one_pass:.0f}",
        ),
        sentences(
            serial,
            t(
                "A cache spares the rows computed before, {ratio} times as fast here; the passes remain.",
                ratio=f"{last.token_by_token / last.with_cache:.1f}",
            ),
        ),
    )


def _draw_times(passed: Pass) -> list[Times]:
    st.subheader(t("Measured on this machine, in milliseconds"), anchor=False)
    times = _times(
        passed.checkpoint.model.config, tuple(passed.src.shape), passed.checkpoint.model, passed.src
    )
    st.dataframe(
        pd.DataFrame([vars(row) for row in times]),
        hide_index=True,
        column_config={
            "length": st.column_config.NumberColumn(t("target tokens")),
            "one_pass": st.column_config.NumberColumn(t("one pass"), format="%.2f"),
            "token_by_token": st.column_config.NumberColumn(t("token by token"), format="%.2f"),
            "with_cache": st.column_config.NumberColumn(t("token by token, cached"), format="%.2f"),
        },
        key="serial_times",
    )
    return times


@st.cache_data(max_entries=64, show_spinner=False)
def _times(
    config: TransformerConfig, shape: tuple[int, ...], _model: Transformer, _src: Tensor
) -> list[Times]:
    """Measured once for each configuration and shape of the sources: the times depend on nothing else."""
    return serial.measure(_model, _src)
