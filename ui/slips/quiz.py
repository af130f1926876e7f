"""A slip on the page: the claim, a prediction, then what happens, why, and the right way."""

import streamlit as st

from ui import anchors
from ui.i18n import t
from ui.layout import show_code
from ui.slips import Run, Slip, run
from ui.state import Mistakes

PREDICTED = "predictions"
"""Session state: by the key of a slip, whether its prediction came true; the first one counts."""


SHOWN = "shown_slips"
"""Session state: keys of slips that were shown before anything was predicted; they no longer count."""


def score() -> tuple[int, int]:
    """Predictions of this visit that came true, and all of them."""
    made = st.session_state.setdefault(PREDICTED, {})
    return sum(made.values()), len(made)


def mark(slip: Slip) -> str:
    """A sign for the list: predicted right, wrong, or not yet."""
    made = st.session_state.setdefault(PREDICTED, {})
    if slip.key not in made:
        return ""
    return "✓ " if made[slip.key] else "✗ "


def draw(slip: Slip) -> None:
    """Ask first; show what happens once something was predicted, or where the page is set to show it."""
    st.markdown(slip.belief)
    show_code(slip.code)
    outcome = run(slip)
    if Mistakes.reveal.value and slip.key not in st.session_state[PREDICTED]:
        st.session_state.setdefault(SHOWN, set()).add(slip.key)
    predicted = _ask(slip, outcome)
    if predicted is None and not Mistakes.reveal.value:
        return
    if predicted is not None:
        _judge(slip, outcome, predicted)
    _show(outcome)


def _ask(slip: Slip, outcome: Run) -> int | None:
    """The prediction that was made, by the number of its option."""
    made: int | None = st.radio(
        slip.question,
        range(len(slip.options)),
        index=None,
        key=f"prediction_{slip.key}",
        format_func=lambda number: slip.options[number][0],
        persist_state="session",
        on_change=_count,
        args=(slip.key, outcome.happened),
    )
    return made


def _count(key: str, happened: int) -> None:
    """The first prediction of a slip counts, unless it was shown before; in time for the list above it."""
    if key not in st.session_state.get(SHOWN, ()):
        st.session_state[PREDICTED].setdefault(key, st.session_state[f"prediction_{key}"] == happened)


def _judge(slip: Slip, outcome: Run, predicted: int) -> None:
    happened = slip.options[outcome.happened][0]
    if predicted == outcome.happened:
        st.success(t("As predicted: {what}.", what=happened))
    else:
        st.error(t("Not what you predicted. The answer is: {what}.", what=happened))


def _show(outcome: Run) -> None:
    st.markdown(f"**{t('What happens')}**")
    st.code(_lines(outcome.values()), language=None)
    st.markdown(f"**{t('Why:')}** {outcome.slip.why}")
    if outcome.slip.right:
        st.markdown(f"**{t('The right way')}**")
        show_code(outcome.slip.right)
        st.code(_lines(outcome.right_values()), language=None)
    slip = outcome.slip
    anchors.link(t("See it on its page"), slip.page, slip.at, slip.query)


def _lines(values: list[tuple[str, str]]) -> str:
    """Expressions with their values below one another, as in a notebook."""
    return "\n".join(f">>> {expression}\n{value}" if expression else value for expression, value in values)
