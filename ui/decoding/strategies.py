"""Strategies side by side: greedy, sampling and beam search answer the same input."""

import math

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer import Beam, Checkpoint, Sampling
from transformer.decoding import beam
from transformer.decoding.sampling import candidates
from transformer.experiments.parting import where_strategies_part
from ui import inputs
from ui.decoding import astray, export, source
from ui.decoding.export import Export
from ui.decoding.one_input import choose_input
from ui.frames import strategies
from ui.frames.reproduce import program, source_text
from ui.frames.strategies import Strategies
from ui.i18n import figure, t
from ui.layout import Suggestion, more, notice, show_source, stage, try_this
from ui.models import loading_call
from ui.remembered import remembered
from ui.state import Decoding
from ui.tensor_grid import Frame, tensor_grid
from viz.tree import beam_tree


def _example(checkpoint: Checkpoint) -> str | None:
    """An input that the strategies answer differently at their defaults; None if none is found."""
    sampling = Sampling(Decoding.temperature.default, seed=Decoding.seed.default)
    beam = Beam(Decoding.beam_width.default, Decoding.length_penalty.default)
    found = _parting(checkpoint.model, checkpoint.task, sampling, beam)
    return None if found is None else checkpoint.task.source_text(found)


_parting = remembered(where_strategies_part)


def draw(checkpoint: Checkpoint, row: DeltaGenerator) -> None:
    """Answer one of the sources by every strategy."""
    src = source.read(checkpoint, row, _example(checkpoint))
    with row:
        chosen = choose_input(checkpoint, src)
        sampling, settings = _choose(len(checkpoint.task.trg_vocabulary))
    compared = strategies.compare(checkpoint, chosen, sampling, settings)
    frames = [strategies.frame(compared)]
    with stage("stage_tree"):
        tensor_grid(frames, key="strategies_grid", picture=True)
        _draw_tree(compared)
    _draw_numbers(compared)
    notice(
        t("Greedy never looks back: one token that seemed best may lead to an answer that is not."),
        t("A sampled answer can be far less probable; another seed, another answer."),
        t(
            "Probabilities here are the model's own, also of the sampled answer; temperature, top-k and "
            "top-p change only its chance of being drawn."
        ),
        t(
            "In the tree each column is a step, the most probable continuations on top. Up to {width} are "
            "followed; those that end in EOS are finished and take a place for good. Point at a token for "
            "its scores.",
            width=settings.width,
        ),
        t(
            "Crosses are pruned; at each step the {pruned} most probable of them are drawn, unless less "
            "probable than one in a million. A pruned sequence never returns, even if it would have won.",
            pruned=strategies.PRUNED_SHOWN,
        ),
        t("The length penalty divides log-probabilities: it decides between finished sequences only."),
    )
    try_this(
        Suggestion(
            t("Set the temperature to 3 and change the seed; then cut with top-k or top-p."),
            {Decoding.temperature: 3.0, Decoding.seed: 1},
        ),
        Suggestion(t("Beam width 1: a single branch, greedy's answer."), {Decoding.beam_width: 1}),
        Suggestion(
            t("Length penalty 3: does another finished sequence come first?"), {Decoding.length_penalty: 3.0}
        ),
    )
    astray.draw()
    export.draw("strategies", _pack, compared, frames)
    show_source(candidates, beam.Beam, beam.beam_search)


def _choose(vocabulary_size: int) -> tuple[Sampling, Beam]:
    """Controls for sampling, whose settings are those of the walk, and for beam search."""
    problem = inputs.number(t("Beam width"), Decoding.beam_width)
    problems = source.choose_temperature()
    with more():
        st.slider(
            t("Length penalty"),
            *Decoding.length_penalty.bounds,
            step=0.1,
            key=Decoding.length_penalty.name,
            help=t(
                "The exponent of ((5 + length) / 6), by which log-probabilities are divided (GNMT, 2016)."
            ),
        )
        sampling = source.choose_cut(vocabulary_size)
        source.choose_others(problem, *problems)
    return sampling, Beam(Decoding.beam_width.value, Decoding.length_penalty.value)


def _pack(compared: Strategies, frames: list[Frame]) -> Export:
    lines = strategies_lines(compared, loading_call())
    typed = compared.checkpoint.task.source_text(compared.src[0].tolist())
    return Export(t("Strategies"), typed, frames, 0, lines)


def _draw_tree(compared: Strategies) -> None:
    titles = {
        "alive": t("followed"),
        "finished": t("finished"),
        "pruned": t("pruned"),
        "step": t("step number"),
        "answer": t("way to the answer"),
    }
    st.plotly_chart(beam_tree(strategies.tree(compared), titles), key="beam_tree", height="stretch")


def _draw_numbers(compared: Strategies) -> None:
    """Every answer and every sequence that beam search finished, with its probability."""
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


def strategies_lines(compared: Strategies, loaded: str) -> str:
    """A program that prints each strategy's answer with its log-probability, beam search's with its score."""
    limit = max(len(compared.steps), *(len(answer.tokens) for answer in compared.answers))
    return program(
        loaded,
        [source_text(compared.checkpoint, compared.src)],
        {
            "transformer": ["Beam", "Sampling"],
            "transformer.decoding.beam": ["beam_search"],
            "transformer.decoding.loop": ["decode"],
        },
        f"for sampling in (None, {compared.sampling!r}):  # None: greedy",
        f"    steps = list(decode(checkpoint.model, src, max_new_tokens={limit}, sampling=sampling))",
        "    shares = [step.logits[0].log_softmax(dim=-1)[step.tokens[0, -1]].item() for step in steps]",
        "    print(labels(steps[-1].tokens[0, 1:].tolist()), sum(shares))",
        f"*_, last = beam_search(checkpoint.model, src, {compared.beam!r}, max_new_tokens={limit})",
        "print(labels(last.answer[0, 1:].tolist()), last.answer_score.item())  # -inf: it found no end",
    )
