"""A misconception on the page: the claim and a prediction; on request, what happens, and the right way."""

import streamlit as st

from ui import anchors
from ui.i18n import t
from ui.layout import show_code, stage
from ui.misconceptions import Misconception, Trial, run
from ui.state import Mistakes

PREDICTED = "predictions"
"""Session state: by the key of each misconception that was shown, whether what was predicted then came true.

None where nothing was predicted. The first time counts: what comes later has been seen."""


def score() -> tuple[int, int]:
    """Predictions of this visit that came true, and all of them."""
    made = [came_true for came_true in _shown().values() if came_true is not None]
    return sum(made), len(made)


def mark(misconception: Misconception) -> str:
    """A sign for the list: predicted right, wrong, or not at all."""
    return {True: "✓ ", False: "✗ ", None: ""}[_shown().get(misconception.key)]


def _shown() -> dict[str, bool | None]:
    shown: dict[str, bool | None] = st.session_state.setdefault(PREDICTED, {})
    return shown


def draw(misconception: Misconception) -> None:
    """Code on the left, words and results on the right. A prediction can be made, and talked about, before
    anybody asks to see what happens."""
    outcome = run(misconception)
    if Mistakes.reveal.value:
        _shown().setdefault(misconception.key, None)
    with stage("stage_claim"):
        code, said = st.columns(2, gap="medium")
        with said:
            predicted = _ask(misconception, outcome)
            if misconception.key in _shown():
                _tell(outcome, predicted)
        with code:
            st.markdown(misconception.belief)
            show_code(misconception.code)
            if misconception.key in _shown():
                _show_right_way(outcome)


def _ask(misconception: Misconception, outcome: Trial) -> int | None:
    """The prediction that is chosen, by the number of its option, and the way to what happens."""
    predicted: int | None = st.radio(
        misconception.question,
        range(len(misconception.options)),
        index=None,
        key=_prediction(misconception),
        format_func=lambda number: misconception.options[number][0],
        persist_state="session",
    )
    if misconception.key not in _shown():
        st.button(
            t("Show"), key="show_misconception", type="primary", on_click=_count,
            args=(misconception, outcome.happened),
            help=t("Shows what happens, whether or not an answer is chosen."),
        )  # fmt: skip
    return predicted


def _prediction(misconception: Misconception) -> str:
    return f"prediction_{misconception.key}"


def _count(misconception: Misconception, happened: int) -> None:
    """In time for the list above the misconception."""
    predicted = st.session_state.get(_prediction(misconception))
    _shown().setdefault(misconception.key, None if predicted is None else predicted == happened)


def _tell(outcome: Trial, predicted: int | None) -> None:
    """Whether the prediction came true, what happens, and why."""
    misconception = outcome.misconception
    happened = misconception.options[outcome.happened][0]
    if predicted is None:
        st.info(t("The answer is: {what}.", what=happened))
    elif predicted == outcome.happened:
        st.success(t("As predicted: {what}.", what=happened))
    else:
        st.error(t("Not what you predicted. The answer is: {what}.", what=happened))
    st.markdown(f"**{t('What happens')}**")
    st.code(_lines(outcome.values()), language=None)
    st.markdown(f"**{t('Why:')}** {misconception.why}")
    anchors.link(t("See it on its page"), misconception.page, misconception.at, misconception.query)


def _show_right_way(outcome: Trial) -> None:
    if outcome.misconception.right:
        st.markdown(f"**{t('The right way')}**")
        show_code(outcome.misconception.right)
        st.code(_lines(outcome.right_values()), language=None)


def _lines(values: list[tuple[str, str]]) -> str:
    """Expressions with their values below one another, as in a notebook."""
    return "\n".join(f">>> {expression}\n{value}" if expression else value for expression, value in values)
