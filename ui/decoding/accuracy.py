"""Accuracy: many random inputs answered in one batch, the wrong answers listed."""

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer import Checkpoint, limits
from transformer.experiments.accuracy import Answer, answer_all, longer_digits, random_sources, score
from transformer.learning import steps
from transformer.model.places import Attention
from transformer.tasks import DigitTask, PairsTask, Task, held_out_mixture
from ui import inputs
from ui.decoding import source
from ui.frames import accuracy
from ui.i18n import t
from ui.layout import Suggestion, choose, fragment, more, notice, show_source, stage, try_this
from ui.setting import Setting
from ui.state import Decoding
from ui.tensor_grid import GridEvent, tensor_grid
from viz.accuracy import accuracy_by_length

LISTED = 50
"""How many wrong answers one can step through."""

WRONG = "wrong_answer"
"""Session state: which wrong answer is on screen."""

CHART_HEIGHT = 340
"""In pixels."""


def draw(checkpoint: Checkpoint, row: DeltaGenerator) -> None:
    """Answer many random inputs, and show how many are right and which are wrong.

    The inputs typed on the page are not used here.
    """
    longest = min(limits.MAX_RANDOM_TOKENS, checkpoint.model.config.max_len - 2)
    can_be_longer = isinstance(checkpoint.task, DigitTask) and longest > checkpoint.task.max_length
    with row:
        _controls(checkpoint, can_be_longer, longest)
    drawn, beyond = _answers(checkpoint, longest if can_be_longer and Decoding.longer.value else 0)
    answers = [*drawn, *beyond]
    with stage():
        _score(checkpoint, drawn, beyond)
        chart, wrong = st.columns([2, 3], gap="medium")
        with chart:
            st.plotly_chart(
                accuracy_by_length(
                    accuracy.length_bars(answers),
                    checkpoint.task.max_length,
                    accuracy.words(checkpoint.task.max_length),
                ),
                key="accuracy_chart",
                height=CHART_HEIGHT,
                config={"displayModeBar": False},
            )
        with wrong:
            fragment(_draw_wrong, checkpoint, [answer for answer in answers if not answer.is_right])
    _remarks(checkpoint, drawn, can_be_longer)


def _answers(checkpoint: Checkpoint, longest: int) -> tuple[list[Answer], list[Answer]]:
    """Answers to inputs as in training, and to longer ones of at most `longest` digits, if it is not 0."""
    model, task = checkpoint.model, checkpoint.task
    count, seed = Decoding.accuracy_inputs.value, int(Decoding.accuracy_seed.value or 0)
    drawn = held_out_mixture(task, count) if _only_held_out() else random_sources(task, count, seed)
    if not longest or not isinstance(task, DigitTask):
        return answer_all(model, task, drawn), []
    return answer_all(model, task, drawn), answer_all(model, task, longer_digits(task, count, seed, longest))


def _controls(checkpoint: Checkpoint, can_be_longer: bool, longest: int) -> None:
    problem = inputs.number(t("Random inputs"), Decoding.accuracy_inputs, step=100)
    choose(
        t("They are"),
        {"all": t("from all"), "held_out": t("held out only")},
        Decoding.accuracy_from,
        help=t("Held-out inputs are those that training measures on: always the same ones."),
        label_visibility="collapsed",
    )
    fixed = _only_held_out() and not Decoding.longer.value
    other = inputs.number(t("Seed"), Decoding.accuracy_seed, disabled=fixed)
    st.button(t("Other inputs"), on_click=_next_seed, disabled=fixed)
    if can_be_longer:
        st.toggle(
            t("also {first} to {last} digits", first=checkpoint.task.max_length + 1, last=longest),
            key=Decoding.longer.name,
            help=t("As many again, longer than training showed."),
        )
    with more():
        source.choose_model()
    inputs.refuse(problem, other)


def _only_held_out() -> bool:
    return Decoding.accuracy_from.value == "held_out"


def _measured_on(task: Task) -> str:
    """The name of the inputs that are as in training, not longer."""
    if _only_held_out():
        return t("held-out pairs") if isinstance(task, PairsTask) else t("held out")
    return t("all pairs") if isinstance(task, PairsTask) else t("as in training")


def _next_seed() -> None:
    Decoding.accuracy_seed.set(min(int(Decoding.accuracy_seed.value or 0) + 1, limits.MAX_SEED))


def _score(checkpoint: Checkpoint, drawn: Sequence[Answer], beyond: Sequence[Answer]) -> None:
    """Show the accuracy and how many inputs were held out."""
    held_out = sum(answer.held_out for answer in drawn)
    figures = [
        *_figures(_measured_on(checkpoint.task), drawn),
        *(_figures(t("longer"), beyond) if beyond else []),
        (t("Held-out inputs among them"), f"{held_out} / {len(drawn)}"),
    ]
    for column, (label, value) in zip(st.columns(len(figures)), figures, strict=True):
        column.metric(label, value)


def _figures(name: str, answers: Sequence[Answer]) -> list[tuple[str, str]]:
    figures = score(answers)
    return [
        (t("Exactly right, {name}", name=name), f"{figures.exact_match:.1%}"),
        (t("Right tokens, {name}", name=name), f"{figures.token_accuracy:.1%}"),
    ]


def _draw_wrong(checkpoint: Checkpoint, wrong: Sequence[Answer]) -> None:
    """The wrong answers one by one, with a button that opens one in the walk."""
    if not wrong:
        st.markdown(t("None of these answers is wrong."))
        return
    frames = [accuracy.wrong_frame(checkpoint, answer) for answer in wrong[:LISTED]]
    at = min(st.session_state.get(WRONG, 0), len(frames) - 1)
    tensor_grid(
        frames,
        key="wrong_grid",
        start=at,
        report=["frame"],
        on_event=_remember_wrong,
        counter=t("Wrong answer {number} of {total}"),
    )
    st.button(t("Step through it"), on_click=_open, args=(checkpoint, wrong[at]))
    if len(wrong) > LISTED:
        st.caption(t("The first {shown} of {count} wrong answers.", shown=LISTED, count=len(wrong)))


def _remember_wrong(event: GridEvent) -> None:
    st.session_state[WRONG] = event.frame


def _open(checkpoint: Checkpoint, answer: Answer) -> None:
    """A callback: show an answer in the walk."""
    for setting, value in _walk(checkpoint, answer).items():
        setting.set(value)


def _walk(checkpoint: Checkpoint, answer: Answer) -> dict[Setting[Any], object]:
    """The settings that show an answer step by step, at the step where it goes wrong."""
    return {
        Decoding.text: checkpoint.task.source_text(answer.source),
        Decoding.step: answer.first_wrong or 0,
        Decoding.row: 0,
        Decoding.judged: True,
        Decoding.section: "walk",
    }


def _remarks(checkpoint: Checkpoint, drawn: Sequence[Answer], can_be_longer: bool) -> None:
    figures = score(drawn)
    notice(
        t("One wrong token makes an answer wrong: {tokens} of all tokens are right, {answers} of answers.",
          tokens=f"{figures.token_accuracy:.1%}", answers=f"{figures.exact_match:.1%}"),
        t("Running free, all later steps read a mistake: after the first wrong token others often follow."),
        t("Training showed inputs of up to {length} tokens.", length=checkpoint.task.max_length),
        *_of_held_out(drawn),
    )  # fmt: skip
    longer = Suggestion(
        t("Add longer inputs: at which length does the model fail, and with which token first?"),
        {Decoding.longer: True},
    )
    try_this(
        Suggestion(
            t("Draw 500 inputs: how far does the share of right answers move?"),
            {Decoding.accuracy_inputs: 500},
        ),
        *([longer] if can_be_longer else []),
        *[_step_through(checkpoint, answer) for answer in drawn if not answer.is_right][:1],
    )
    show_source(
        answer_all,
        score,
        random_sources,
        steps.free_running,
        type(checkpoint.task).holds_out,
    )


def _step_through(checkpoint: Checkpoint, answer: Answer) -> Suggestion:
    return Suggestion(
        t("Step through a wrong answer: what did cross-attention look at when it went wrong?"),
        {Decoding.attention: Attention.CROSS.path} | _walk(checkpoint, answer),
    )


def _of_held_out(drawn: Sequence[Answer]) -> list[str]:
    """A remark on the inputs that were held out; none if all or none were."""
    held_out = [answer for answer in drawn if answer.held_out]
    seen = [answer for answer in drawn if not answer.held_out]
    if not held_out or not seen:
        return []
    return [
        t(
            "Training never shows one sequence in ten: those are held out. {held} of these {count} are "
            "held out, and {held_right} of them right. The other {seen} may have been seen in training: "
            "{seen_right} right.",
            held=len(held_out),
            count=len(drawn),
            held_right=f"{score(held_out).exact_match:.1%}",
            seen=len(seen),
            seen_right=f"{score(seen).exact_match:.1%}",
        )
    ]
