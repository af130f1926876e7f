"""Every question that readers of the notes ask, and the place that answers it."""

import streamlit as st

from ui import anchors
from ui.i18n import t
from ui.layout import page_head, part
from ui.questions import questions
from ui.slips import slips
from ui.state import Questions

MISTAKES = "pages/questions/mistakes.py"

page_head(
    "questions",
    t("Questions and answers"),
    t("Each question leads to the place where it arises, with the tensor that answers it."),
)


def matches(text: str, words: list[str]) -> bool:
    """Whether every word that was typed occurs."""
    return all(word in text.casefold() for word in words)


def draw() -> None:
    """What is searched, and the places found."""
    st.text_input(
        t("Search"),
        key=Questions.search.name,
        max_chars=Questions.search.limit,
        placeholder=t("mask, view, SOS, ..."),
    )
    words = Questions.search.value.casefold().split()
    asked = [question for question in questions() if matches(question.text, words)]
    claims = [slip for slip in slips() if matches(f"{slip.title} {slip.belief}", words)]
    for question in asked:
        anchors.link(question.text, question.page, question.key, question.query)
    if claims:
        st.subheader(t("Common mistakes"), anchor=False)
    for slip in claims:
        anchors.link(slip.title, MISTAKES, "mistake", {"mistake": slip.key})
    if not asked and not claims:
        st.info(t("No question holds all these words. Try one of them alone."))


part("questions", draw)
