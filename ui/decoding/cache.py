"""The cache of keys and values, and the work that it saves."""

from collections.abc import Sequence
from itertools import accumulate

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from transformer import CachedDecoder, Checkpoint
from transformer.decoding.stepper import RecomputingDecoder
from transformer.experiments import savings
from transformer.experiments.savings import CachedStep
from transformer.model.cache import KeyValues
from ui.decoding import export, source
from ui.decoding.export import Export
from ui.decoding.one_input import choose_input
from ui.frames import cache
from ui.frames.reproduce import program, source_text
from ui.i18n import t
from ui.layout import Suggestion, fragment, more, notice, show_source, try_this
from ui.models import loading_call
from ui.state import MODEL, Decoding
from ui.steps import stepping_grid
from ui.tensor_grid import Frame
from viz.timing import times

LENGTHS = (8, 16, 32, 64, 96, 128, 160, 192, 224, 256)
_TIMED = "cache_timed"
"""Session state: what was timed, and for which model and input."""


def draw(checkpoint: Checkpoint, row: DeltaGenerator) -> None:
    """Decode one of the sources with the cache and without."""
    src = source.read(checkpoint, row)
    layers = list(range(checkpoint.model.config.num_layers))
    Decoding.cache_layer.lower_to(layers[-1])
    with row:
        chosen = choose_input(checkpoint, src)
        st.segmented_control(t("Decoder layer"), layers, key=Decoding.cache_layer.name, required=True)
        with more():
            source.choose_others()
    found = cache.steps(checkpoint, chosen)
    frames = cache.frames(checkpoint, found, Decoding.cache_layer.value)
    fragment(_draw_grid, checkpoint, chosen, found, frames)
    notice(
        t("A row of keys or values never changes once it is there: earlier tokens do not see later ones."),
        t("With the cache a step passes one token through the decoder, without it all tokens so far."),
        t("Hatched rows are not there yet. Nothing in the rows above the new one changes from step to step."),
        t("Queries are not kept: each is used at its own step only."),
        t(
            "Cross-attention's keys and values belong to the source: computed once with the cache, and "
            "counted in its first step; else at each step."
        ),
        t("With the cache a step's multiplications still grow a little: attention reads one row more."),
    )
    last = len(frames) - 1
    try_this(
        Suggestion(
            t("Step back from the last token and watch the rows: only the one marked new is computed."),
            {Decoding.cache_step: last},
        ),
    )
    _draw_times(checkpoint, chosen)
    show_source(
        RecomputingDecoder, CachedDecoder, KeyValues, savings.work_of_both_ways, savings.time_both_ways
    )


def _draw_grid(checkpoint: Checkpoint, src: Tensor, found: list[CachedStep], frames: list[Frame]) -> None:
    stepping_grid(frames, "cache_grid", Decoding.cache_step)
    export.draw("cache", _pack, checkpoint, src, found, frames)


def _pack(checkpoint: Checkpoint, src: Tensor, found: list[CachedStep], frames: list[Frame]) -> Export:
    at, layer = min(Decoding.cache_step.value, len(frames) - 1), Decoding.cache_layer.value
    lines = cache_lines(checkpoint, src, found, loading_call(), at, layer)
    return Export(t("The cache"), checkpoint.task.source_text(src[0].tolist()), frames, at, lines)


def _draw_times(checkpoint: Checkpoint, src: Tensor) -> None:
    """Times with and without the cache, measured when the button is clicked."""
    st.subheader(t("Measured"), anchor=False)
    lengths = [length for length in LENGTHS if length <= checkpoint.model.config.max_len]
    what = (MODEL.value, src.tolist())
    if not lengths:
        st.info(t("The model has too few positions for a measurement."))
        return
    if st.button(t("Measure up to {length} tokens", length=lengths[-1])):
        with st.spinner(t("Writing {length} tokens, with and without the cache", length=lengths[-1])):
            costs = list(savings.time_both_ways(checkpoint.model, src, lengths[-1]))
        st.session_state[_TIMED] = (what, costs)
    timed = st.session_state.get(_TIMED)
    if timed is None or timed[0] != what:
        st.caption(t("The model goes on past EOS, so that all lengths can be measured; it takes seconds."))
        return
    costs = timed[1]
    sums = [[1000 * sum_ for sum_ in accumulate(cost.seconds[way] for cost in costs)] for way in (0, 1)]
    names = (t("with the cache"), t("without"))
    curves = [(name, [way[length - 1] for length in lengths]) for name, way in zip(names, sums, strict=True)]
    titles = (t("tokens written"), t("milliseconds in all"))
    st.plotly_chart(times(lengths, curves, titles), key="cache_times")
    st.text(cache.verdict(sum(cost.tokens[0] != cost.tokens[1] for cost in costs), len(costs)))
    st.text(
        t(
            "{length} tokens took {cached} ms with the cache and {anew} ms without: {ratio} times as long.",
            length=len(costs),
            cached=f"{sums[0][-1]:.0f}",
            anew=f"{sums[1][-1]:.0f}",
            ratio=f"{sums[1][-1] / sums[0][-1]:.1f}",
        )
    )


def cache_lines(
    checkpoint: Checkpoint, src: Tensor, found: Sequence[CachedStep], loaded: str, step: int, layer: int
) -> str:
    """A program that prints each step's token and multiplications both ways, and picks keys and values."""
    return program(
        loaded,
        [source_text(checkpoint, src)],
        {"transformer.experiments.savings": ["work_of_both_ways"]},
        f"for step, work in enumerate(work_of_both_ways(checkpoint.model, src, {len(found)})):",
        "    print(labels([work.newest, work.again]), work.products)  # with the cache, and without",
        f"    if step == {step}:",
        f"        keys, values = work.keys[{layer}], work.values[{layer}]  # [H, L, Dh]",
    )
