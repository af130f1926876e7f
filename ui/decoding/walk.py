"""The walk: the answer written one token at a time, with every head in view."""

import streamlit as st
from torch import Tensor

from transformer import Checkpoint, MultiHeadAttention
from transformer import decoding as library
from transformer.tasks import DigitTask
from ui import state
from ui.frames import decoding
from ui.i18n import code_span, t
from ui.layout import notice, show_source, try_this
from ui.state import PRESENTER, Decoding
from ui.tensor_grid import GridEvent, tensor_grid


def draw(checkpoint: Checkpoint, src: Tensor) -> None:
    """Decode the first source step by step."""
    titles = {"all": t("all three")} | decoding.titles()
    st.selectbox(
        t("Attention to show"), list(titles), key=Decoding.attention.name, format_func=titles.__getitem__
    )
    walk = decoding.walk(checkpoint, [int(token) for token in src[0]])
    answer = code_span(checkpoint.task.decode(walk.output))
    if walk.expected is None:
        st.info(
            t(
                "The model writes {answer}. Whether that is right is not known: the input is not among the "
                "pairs it was trained for.",
                answer=answer,
            )
        )
    elif walk.is_right:
        st.success(
            t("The answer is right after {count} steps: {answer}", count=len(walk.steps), answer=answer)
        )
    else:
        st.error(
            t(
                "The answer is wrong from step {step} on: {answer}, expected {expected}",
                step=(walk.first_wrong or 0) + 1,
                answer=answer,
                expected=code_span(checkpoint.task.decode(walk.expected)),
            )
        )
    chosen = decoding.ATTENTIONS if Decoding.attention.value == "all" else (Decoding.attention.value,)
    st.fragment(_draw_grid)(walk, chosen)
    notice(
        t("At the first step the decoder has read SOS alone, and that is enough to give the first token."),
        t("Each step reads all tokens written before: the input grows by the model's own output."),
        t("In cross-attention rows are target tokens and columns are source tokens: it has no triangle."),
        t("Decoder self-attention is hatched above the diagonal: those keys are the future."),
    )
    try_this(*_suggestions(checkpoint))
    show_source(library.decode, library.greedy, MultiHeadAttention.attend_in_the_open)


def _suggestions(checkpoint: Checkpoint) -> tuple[str, ...]:
    """Things to try with the current model."""
    others = t("Choose the reverse model in the sidebar: cross-attention runs down the other diagonal.")
    if isinstance(checkpoint.task, DigitTask):
        return (
            t("Type digits that repeat, such as 9 9 8 1: which head finds the next digit in the source?"),
            others,
            t("Type more than 16 digits, more than training ever showed, and see where the model fails."),
        )
    return (
        t("For each token that is written, find the head that looks at the source tokens it comes from."),
        others,
    )


def _draw_grid(walk: decoding.Walk, chosen: tuple[str, ...]) -> None:
    """In a fragment, so that coming to rest at another step costs no decoding anew."""
    tensor_grid(
        decoding.frames(walk, chosen),
        key="decoding_grid",
        start=min(Decoding.step.value, len(walk.steps) - 1),
        report=["frame"],
        on_event=_remember_step,
        presenter=PRESENTER.value,
    )
    state.write_url("decoding")


def _remember_step(event: GridEvent) -> None:
    """Let the link name the step on screen."""
    Decoding.step.set(event.frame)
