"""Common mistakes: predict what the code does, then see it run."""

import streamlit as st

from ui import anchors
from ui.i18n import code_span, t
from ui.layout import controls, page_head, part
from ui.slips import quiz, slips
from ui.state import Mistakes

page_head()

found = {slip.key: slip for slip in slips()}
keys = list(found)
if Mistakes.slip.value not in found:
    st.toast(t("There is no mistake {name}. The first one is shown.", name=code_span(Mistakes.slip.value)))
    Mistakes.slip.set(keys[0])


def step(by: int) -> None:
    """Go to another one (a button's callback)."""
    Mistakes.slip.set(keys[keys.index(Mistakes.slip.value) + by])


def choose() -> None:
    """The list, the ways to the next, and the score."""
    place = keys.index(Mistakes.slip.value)
    titles = {key: quiz.mark(slip) + slip.title for key, slip in found.items()}
    st.selectbox(
        t("Mistake {number} of {count}", number=place + 1, count=len(keys)),
        keys,
        key=Mistakes.slip.name,
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
    """The list, and the mistake that is chosen."""
    with controls():
        choose()
    with anchors.place("mistake"):
        quiz.draw(found[Mistakes.slip.value])
    right, made = quiz.score()
    st.caption(
        t("Predicted right in this visit: {right} of {made}; {left} to go.", right=right, made=made,
          left=len(keys) - made)
    )  # fmt: skip


part(draw)
