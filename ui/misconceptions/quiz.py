"""The quiz: a statement to judge as true or false; on request, what its code does, and the right way."""

import random

import streamlit as st

from ui import anchors, kept
from ui.i18n import t
from ui.layout import show_code, stage
from ui.misconceptions import Misconception, Trial, misconceptions, run
from ui.state import Mistakes

_KEPT, _AGAIN = "quiz", "quiz_again"
"""Keys of what the browser stores. `_KEPT`: for each statement shown, by its key, whether the first judgement
was right, or None if there was none. `_AGAIN`: the keys of the statements that a round repeats."""


def keys() -> list[str]:
    """The statements to go through: all, or those that were judged wrongly."""
    every = [one.key for one in misconceptions()]
    found = kept.value(_AGAIN)
    again = found if isinstance(found, list) else []
    return [key for key in every if key in again] if Mistakes.misconception.value in again else every


def is_true(misconception: Misconception) -> bool:
    """Whether this round states the fact and not the belief."""
    return random.Random(f"{Mistakes.round.value}.{misconception.key}").random() < 0.5


def score() -> tuple[int, int]:
    """How many of the statements were judged rightly, and how many at all."""
    judged = [right for key, right in _shown().items() if right is not None and key in keys()]
    return sum(judged), len(judged)


def mark(misconception: Misconception) -> str:
    """A sign for the list: judged rightly, wrongly, or not at all."""
    return {True: "✓ ", False: "✗ ", None: ""}[_shown().get(misconception.key)]


def _shown() -> dict[str, bool | None]:
    """The stored judgements. Invalid ones are dropped: the browser may send anything."""
    found = kept.value(_KEPT)
    if not isinstance(found, dict):
        return {}
    known = {one.key for one in misconceptions()}
    return {key: right for key, right in found.items() if key in known and right in (True, False, None)}


def _note(key: str, right: bool | None) -> None:
    if key not in _shown():
        kept.keep(_KEPT, {**_shown(), key: right})


def draw(misconception: Misconception) -> None:
    """Code on the left, words and results on the right.

    The results are shown only on request, so that a class can judge the statement and discuss it first.
    """
    outcome = run(misconception)
    if Mistakes.reveal.value:
        _note(misconception.key, None)
    with stage("stage_claim"):
        code, said = st.columns(2, gap="medium")
        with said:
            st.markdown(misconception.fact if is_true(misconception) else misconception.belief)
            judged = _ask(misconception)
            if misconception.key in _shown():
                _tell(outcome, judged)
        with code:
            show_code(misconception.code)
            if misconception.key in _shown():
                _show_right_way(outcome)


def _ask(misconception: Misconception) -> bool | None:
    """The control for the judgement, which is returned, and the button that shows what happens."""
    judged: bool | None = st.segmented_control(
        t("The statement is"),
        [True, False],
        key=_judgement(misconception),
        format_func=lambda one: t("true") if one else t("false"),
        persist_state="session",
    )
    if misconception.key not in _shown():
        st.button(
            t("Show"), key="show_misconception", type="primary", on_click=_count, args=(misconception,),
            help=t("Shows what happens, whether or not an answer is chosen."),
        )  # fmt: skip
    return judged


def _judgement(misconception: Misconception) -> str:
    return f"judgement_{Mistakes.round.value}_{misconception.key}"


def _count(misconception: Misconception) -> None:
    """A callback, so that the list above the statement already has the new judgement."""
    judged = st.session_state.get(_judgement(misconception))
    _note(misconception.key, None if judged is None else judged == is_true(misconception))


def _tell(outcome: Trial, judged: bool | None) -> None:
    """Whether the judgement is right, what happens, and why; beside it the button to the next statement."""
    misconception = outcome.misconception
    truth = is_true(misconception)
    answer = t("The statement is true.") if truth else t("The statement is false.")
    verdict, onward = st.columns([4, 1], vertical_alignment="center")
    with verdict:
        (st.info if judged is None else st.success if judged == truth else st.error)(answer)
    with onward:
        _next(misconception)
    st.markdown(f"**{misconception.question}** {misconception.options[outcome.happened][0]}")
    st.code(_lines(outcome.values()), language=None)
    st.markdown(f"**{t('Why:')}** {misconception.why}")
    anchors.link(t("See it on its page"), misconception.page, misconception.at, misconception.query)


def _next(misconception: Misconception) -> None:
    order = keys()
    place = order.index(misconception.key) if misconception.key in order else -1
    if place + 1 < len(order):
        st.button(t("Next"), key="next_beside", on_click=Mistakes.misconception.set, args=(order[place + 1],))


def draw_summary() -> None:
    """The score so far; once all statements were judged or shown, buttons for another round."""
    shown, order = _shown(), keys()
    right, made = score()
    left = [key for key in order if key not in shown]
    st.caption(t("Judged rightly: {right} of {made}; {left} to go.", right=right, made=made, left=len(left)))
    wrong = [key for key in order if shown.get(key) is False]
    if left:
        return
    with st.container(key="controls_summary", horizontal=True, vertical_alignment="center"):
        st.markdown(t("**All done**: {right} of {all} right.", right=right, all=len(order)), width="content")
        if wrong:
            st.button(t("Again, only the wrong ones"), key="again_wrong", on_click=_start, args=(wrong,))
        st.button(t("All of them anew"), key="quiz_anew", on_click=_start, args=([],))


def _start(again: list[str]) -> None:
    """Start a round with the statements `again`, or with all; which are true is drawn anew."""
    forgotten = again or list(_shown())
    kept.keep(_KEPT, {key: right for key, right in _shown().items() if key not in forgotten})
    kept.keep(_AGAIN, again)
    Mistakes.round.set((Mistakes.round.value + 1) % 1000)
    Mistakes.misconception.set(again[0] if again else keys()[0])


def _show_right_way(outcome: Trial) -> None:
    if outcome.misconception.right:
        st.markdown(f"**{t('The right way')}**")
        show_code(outcome.misconception.right)
        st.code(_lines(outcome.right_values()), language=None)


def _lines(values: list[tuple[str, str]]) -> str:
    """Expressions with their values below one another, as in a notebook."""
    return "\n".join(f">>> {expression}\n{value}" if expression else value for expression, value in values)
