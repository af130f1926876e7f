"""Accuracy: many random inputs answered in one batch, the wrong answers listed."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from transformer import Checkpoint, limits, training
from transformer import accuracy as library
from transformer.accuracy import Answer, answer_all, longer_digits, random_sources, score
from transformer.tasks import DigitTask, PairsTask, Task, held_out_mixture
from ui import inputs
from ui.frames import accuracy
from ui.i18n import t
from ui.layout import notice, show_source, try_this
from ui.state import PRESENTER, Decoding
from ui.tensor_grid import tensor_grid
from viz.accuracy import accuracy_by_length

PER_PAGE = 10
"""Wrong answers listed at a time."""

PAGE = "wrong_page"
"""Session state: which of them."""


def draw(checkpoint: Checkpoint, row: DeltaGenerator) -> None:
    """Draw inputs, answer them all, and show what came of it; the page's own inputs play no part here."""
    longest = min(limits.MAX_RANDOM_TOKENS, checkpoint.model.config.max_len - 2)
    can_be_longer = isinstance(checkpoint.task, DigitTask) and longest > checkpoint.task.max_length
    with row:
        _controls(checkpoint, can_be_longer, longest)
    model, task = checkpoint.model, checkpoint.task
    count, seed = Decoding.accuracy_inputs.value, int(Decoding.accuracy_seed.value or 0)
    drawn = answer_all(
        model,
        task,
        held_out_mixture(task, count) if _only_held_out() else random_sources(task, count, seed),
    )
    beyond: list[Answer] = []
    if isinstance(task, DigitTask) and can_be_longer and Decoding.longer.value:
        beyond = answer_all(model, task, longer_digits(task, count, seed, longest))
    _score(checkpoint, drawn, beyond)
    answers = [*drawn, *beyond]
    st.plotly_chart(
        accuracy_by_length(accuracy.length_bars(answers), task.max_length, accuracy.words(task.max_length)),
        key="accuracy_chart",
        config={"displayModeBar": False},
    )
    _list(checkpoint, [answer for answer in answers if not answer.is_right])
    _remarks(checkpoint, drawn, can_be_longer)


def _controls(checkpoint: Checkpoint, can_be_longer: bool, longest: int) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.slider(
            t("Random inputs"),
            *Decoding.accuracy_inputs.bounds,
            step=100,
            key=Decoding.accuracy_inputs.name,
            width=300,
        )
        origins = {"all": t("from all"), "held_out": t("held out only")}
        st.segmented_control(
            t("They are"), list(origins), key=Decoding.accuracy_from.name, required=True,
            format_func=origins.__getitem__,
            help=t("Held-out inputs are those that training measures on: always the same ones."),
        )  # fmt: skip
        fixed = _only_held_out() and not Decoding.longer.value
        problem = inputs.number(t("Seed"), Decoding.accuracy_seed, width=160, disabled=fixed)
        st.button(t("Other inputs"), on_click=_next_seed, disabled=fixed)
        if can_be_longer:
            st.toggle(
                t(
                    "As many again of {first} to {last} digits, longer than training showed",
                    first=checkpoint.task.max_length + 1,
                    last=longest,
                ),
                key=Decoding.longer.name,
            )
    inputs.refuse(problem)


def _only_held_out() -> bool:
    return Decoding.accuracy_from.value == "held_out"


def _measured_on(task: Task) -> str:
    """What the inputs are that do not go beyond training."""
    if _only_held_out():
        return t("held-out pairs") if isinstance(task, PairsTask) else t("held out")
    return t("all pairs") if isinstance(task, PairsTask) else t("as in training")


def _next_seed() -> None:
    Decoding.accuracy_seed.set(min(int(Decoding.accuracy_seed.value or 0) + 1, limits.MAX_SEED))


def _score(checkpoint: Checkpoint, drawn: Sequence[Answer], beyond: Sequence[Answer]) -> None:
    """The figures, and how much the inputs are worth as a test."""
    for name, answers in ((_measured_on(checkpoint.task), drawn), (t("longer"), beyond)):
        if not answers:
            continue
        figures = score(answers)
        wrong = sum(not answer.is_right for answer in answers)
        columns = st.columns(3)
        columns[0].metric(t("Exactly right, {name}", name=name), f"{figures.exact_match:.1%}",
                          delta=t("{wrong} of {count} wrong", wrong=wrong, count=len(answers)),
                          delta_color="off", delta_arrow="off")  # fmt: skip
        columns[1].metric(t("Right tokens, {name}", name=name), f"{figures.token_accuracy:.1%}")
        columns[2].metric(
            t("Held-out inputs among them"), f"{sum(answer.held_out for answer in answers)} / {len(answers)}"
        )
    held_out = [answer for answer in drawn if answer.held_out]
    seen = [answer for answer in drawn if not answer.held_out]
    if held_out and seen:
        st.caption(
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
        )


def _list(checkpoint: Checkpoint, wrong: Sequence[Answer]) -> None:
    """The wrong answers, each with a way to step through it."""
    st.subheader(t("Wrong answers: {count}", count=len(wrong)), anchor=False)
    if not wrong:
        st.markdown(t("None among these inputs."))
        return
    pages = -(-len(wrong) // PER_PAGE)
    st.session_state[PAGE] = min(max(st.session_state.get(PAGE) or 1, 1), pages)
    if pages > 1:
        st.number_input(t("Page, of {pages}", pages=pages), 1, pages, key=PAGE, width=160)
    first = (st.session_state[PAGE] - 1) * PER_PAGE
    for number, answer in enumerate(wrong[first : first + PER_PAGE], start=first + 1):
        _draw_wrong(checkpoint, number, answer)


def _draw_wrong(checkpoint: Checkpoint, number: int, answer: Answer) -> None:
    seen = t("held out") if answer.held_out else t("possibly seen in training")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            t(
                "**{number}.** Wrong from step {step} on; the input is {seen}.",
                number=number,
                step=(answer.first_wrong or 0) + 1,
                seen=seen,
            )
        )
        st.button(t("Step through it"), key=f"open_{number}", on_click=_open, args=(checkpoint, answer))
    tensor_grid([accuracy.wrong_frame(checkpoint, answer)], key=f"wrong_{number}", presenter=PRESENTER.value)


def _open(checkpoint: Checkpoint, answer: Answer) -> None:
    """Into the page's input, at the step where it goes wrong."""
    task = checkpoint.task
    Decoding.text.set(task.source_text(answer.source))
    Decoding.step.set(answer.first_wrong or 0)
    Decoding.section.set("walk")


def _remarks(checkpoint: Checkpoint, drawn: Sequence[Answer], can_be_longer: bool) -> None:
    figures = score(drawn)
    notice(
        t("One wrong token makes an answer wrong: {tokens} of all tokens are right, {answers} of answers.",
          tokens=f"{figures.token_accuracy:.1%}", answers=f"{figures.exact_match:.1%}"),
        t("Running free, all later steps read a mistake: after the first wrong token others often follow."),
        t("Training showed inputs of up to {length} tokens.", length=checkpoint.task.max_length),
    )  # fmt: skip
    suggestions = [t("Draw other inputs, or 500 of them: how far does the share of right answers move?")]
    if can_be_longer:
        suggestions.append(
            t("Add longer inputs: at which length does the model fail, and with which token first?")
        )
    suggestions.append(t("Step through a wrong answer: what did cross-attention look at when it went wrong?"))
    try_this(*suggestions)
    show_source(
        library.answer_all,
        library.score,
        library.random_sources,
        training.free_running,
        type(checkpoint.task).holds_out,
    )
