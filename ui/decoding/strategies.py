"""Strategies side by side: greedy, sampling and beam search answer the same input."""

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from torch import Tensor

from transformer import Beam, Checkpoint, Sampling, beam
from transformer.sampling import candidates
from ui import inputs
from ui.decoding import astray, take_along
from ui.decoding.one_input import choose_input
from ui.decoding.take_along import Luggage, loaded
from ui.frames import reproduce, strategies
from ui.i18n import figure, t
from ui.layout import notice, show_source, try_this
from ui.state import PRESENTER, Decoding
from ui.tensor_grid import Frame, tensor_grid
from viz.tree import beam_tree


def draw(checkpoint: Checkpoint, src: Tensor, row: DeltaGenerator) -> None:
    """Answer one of the sources by every strategy."""
    with row:
        source = choose_input(checkpoint, src)
    sampling, settings = _choose(len(checkpoint.task.trg_vocabulary))
    compared = strategies.compare(checkpoint, source, sampling, settings)
    _draw_answers(compared)
    _draw_tree(compared)
    astray.draw()
    notice(
        t("Greedy never looks back: one token that seemed best may lead to an answer that is not."),
        t("A sampled answer can be far less probable; another seed, another answer."),
        t(
            "Probabilities here are the model's own, also of the sampled answer; temperature, top-k and "
            "top-p change only its chance of being drawn."
        ),
        t("Beam search follows several sequences; a pruned one never returns, even if it would have won."),
        t("The length penalty divides log-probabilities: it decides between finished sequences only."),
    )
    try_this(
        t("Type 20 digits, more than training showed: the strategies part, and the tree branches."),
        t("Set the temperature to 3 and change the seed; then cut with top-k or top-p."),
        t("Beam width 1: a single branch, greedy's answer."),
        t("Move the length penalty from 0 to 3 and watch the order of the finished sequences."),
    )
    show_source(candidates, beam.Beam, beam.beam_search)


def _choose(vocabulary_size: int) -> tuple[Sampling, Beam]:
    """The settings of both; sampling has those of the walk."""
    temperature, top_k, top_p, seed, width, penalty = st.columns(6, vertical_alignment="bottom")
    Decoding.top_k.lower_to(vocabulary_size)
    temperature.slider(
        t("Temperature"), *Decoding.temperature.bounds, step=0.1, key=Decoding.temperature.name
    )
    top_k.slider(t("Top-k (0: all)"), 0, vocabulary_size, key=Decoding.top_k.name)
    top_p.slider(t("Top-p (1: all)"), *Decoding.top_p.bounds, step=0.05, key=Decoding.top_p.name)
    with seed:
        problem = inputs.number(t("Seed"), Decoding.seed)
    width.slider(t("Beam width"), *Decoding.beam_width.bounds, key=Decoding.beam_width.name)
    penalty.slider(
        t("Length penalty"),
        *Decoding.length_penalty.bounds,
        step=0.1,
        key=Decoding.length_penalty.name,
        help=t("The exponent of ((5 + length) / 6), by which log-probabilities are divided (GNMT, 2016)."),
    )
    inputs.refuse(problem)
    sampling = Sampling(
        Decoding.temperature.value, Decoding.top_k.value, Decoding.top_p.value, Decoding.seed.value
    )
    return sampling, Beam(Decoding.beam_width.value, Decoding.length_penalty.value)


def _draw_answers(compared: strategies.Strategies) -> None:
    """Token by token below each other, then in numbers."""
    frames = [strategies.frame(compared)]
    tensor_grid(frames, key="strategies_grid", picture=True, presenter=PRESENTER.value)
    greedy = compared.answers[0]
    verdicts = {True: t("right"), False: t("wrong"), None: t("not known")}
    parted = [strategies.first_difference(answer, greedy) for answer in compared.answers]
    st.dataframe(
        {
            t("strategy"): [answer.strategy for answer in compared.answers],
            t("answer"): [compared.checkpoint.task.decode([*answer.tokens]) for answer in compared.answers],
            t("right or wrong"): [verdicts[answer.right] for answer in compared.answers],
            t("log-probability"): [figure(answer.log_probability, ".4f") for answer in compared.answers],
            t("the model's probability"): [
                figure(math.exp(answer.log_probability), ".3g") for answer in compared.answers
            ],
            t("differs from greedy"): [
                t("no") if step is None else t("from step {n} on", n=step + 1) for step in parted
            ],
        },
        hide_index=True,
        key="strategies_table",
    )
    take_along.draw("strategies", _pack, compared, frames)


def _pack(compared: strategies.Strategies, frames: list[Frame]) -> Luggage:
    lines = reproduce.strategies_lines(compared, loaded())
    source = compared.checkpoint.task.source_text(compared.src[0].tolist())
    return Luggage(t("Strategies"), source, frames, 0, lines)


def _draw_tree(compared: strategies.Strategies) -> None:
    st.subheader(t("Beam search as a tree"), anchor=False)
    st.caption(
        t(
            "Each column is a step, the most probable continuations on top. Up to {width} are followed; "
            "those that end in EOS are finished and take a place for good. Point at a token for its scores. "
            "Crosses are pruned; at each step the {pruned} most probable of them are drawn, unless less "
            "probable than one in a million.",
            width=compared.beam.width,
            pruned=strategies.PRUNED_SHOWN,
        )
    )
    titles = {
        "alive": t("followed"),
        "finished": t("finished"),
        "pruned": t("pruned"),
        "step": t("step number"),
        "answer": t("way to the answer"),
    }
    st.plotly_chart(beam_tree(strategies.tree(compared), titles), key="beam_tree")
    finished = strategies.finished(compared)
    if not finished:
        st.info(t("No sequence found an end: the most probable one is the answer."))
        return
    st.dataframe(
        {
            t("finished sequence"): [sequence.text for sequence in finished],
            t("length"): [sequence.length for sequence in finished],
            t("log-probability"): [figure(sequence.log_probability, ".4f") for sequence in finished],
            t("divided by"): [figure(sequence.divisor, ".4f") for sequence in finished],
            t("score"): [figure(sequence.score, ".4f") for sequence in finished],
            t("the answer"): [t("yes") if sequence.chosen else "" for sequence in finished],
        },
        hide_index=True,
        key="finished_table",
    )
