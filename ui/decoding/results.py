"""Whether a walk's answers are right, and where the first wrong token is."""

import streamlit as st

from ui.frames.decoding import Walk
from ui.i18n import code_span, t


def draw(walk: Walk) -> None:
    """A sentence; with several sequences, and not all of them right, a table too."""
    if len(walk.src) == 1:
        _draw_one(walk)
        return
    wrong = [walk.first_wrong(row) for row in range(len(walk.src))]
    known = sum(answer is not None for answer in walk.answers)
    right = known - sum(step is not None for step in wrong)
    if not known:
        st.info(t("The right answers are not known."))
    else:
        say = st.success if right == known else st.error
        say(t("{right} of {known} answers are right.", right=right, known=known))
    if right < len(walk.src):
        _draw_table(walk, wrong)


def _draw_one(walk: Walk) -> None:
    decode = walk.checkpoint.task.decode
    wrong, right, answer = walk.first_wrong(0), walk.answers[0], _quoted(decode(walk.written(0)))
    if right is None:
        st.info(t("The model answers {answer}; the right answer is not known.", answer=answer))
    elif wrong is None:
        st.success(
            t("The answer is right after {count} steps: {answer}", count=len(walk.steps), answer=answer)
        )
    else:
        st.error(
            t(
                "The answer is wrong from step {step} on: {answer}, expected {expected}",
                step=wrong + 1,
                answer=answer,
                expected=_quoted(decode(right)),
            )
        )


def _quoted(answer: str) -> str:
    """An answer as Markdown; one without a word is said to be one."""
    return code_span(answer) if answer else t("nothing (an empty answer)")


def _draw_table(walk: Walk, wrong: list[int | None]) -> None:
    decode = walk.checkpoint.task.decode
    rows = range(len(walk.src))
    st.dataframe(
        {
            t("sequence"): [row + 1 for row in rows],
            t("input"): [walk.source(row) for row in rows],
            t("answer"): [decode(walk.written(row)) for row in rows],
            t("expected"): [t("not known") if right is None else decode(right) for right in walk.answers],
            t("first wrong step"): ["–" if step is None else str(step + 1) for step in wrong],
        },
        hide_index=True,
    )
