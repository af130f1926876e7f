"""Common mistakes: judge a statement, then see its code run."""

import streamlit as st

from ui import anchors, kept
from ui.i18n import code_span, t
from ui.layout import controls, page_head, part
from ui.misconceptions import misconceptions, quiz
from ui.state import Mistakes

page_head()

found = {misconception.key: misconception for misconception in misconceptions()}
if Mistakes.misconception.value not in found:
    st.toast(
        t("There is no mistake {name}. The first one is shown.", name=code_span(Mistakes.misconception.value))
    )
    Mistakes.misconception.set(next(iter(found)))


def step(by: int) -> None:
    """Go to the next or previous statement (a button's callback)."""
    keys = quiz.keys()
    Mistakes.misconception.set(keys[keys.index(Mistakes.misconception.value) + by])


def choose() -> None:
    """Draw the list of statements, with marks for answers, and the buttons and toggle next to it."""
    keys = quiz.keys()
    place = keys.index(Mistakes.misconception.value)
    titles = {key: quiz.mark(misconception) + misconception.title for key, misconception in found.items()}
    st.selectbox(
        t("Statement {number} of {count}", number=place + 1, count=len(keys)),
        keys,
        key=Mistakes.misconception.name,
        format_func=titles.__getitem__,
        width=520,
    )
    st.button(t("Back"), on_click=step, args=(-1,), disabled=place == 0)
    st.button(t("Next"), on_click=step, args=(1,), disabled=place == len(keys) - 1)
    st.toggle(
        t("Show at once"),
        key=Mistakes.reveal.name,
        help=t("Shows what happens without asking for a prediction."),
    )


def draw() -> None:
    """Draw the controls, the chosen mistake and the summary."""
    with controls():
        choose()
    with anchors.place("mistake"):
        quiz.draw(found[Mistakes.misconception.value])
    quiz.draw_summary()
    kept.sync()


part(draw)
