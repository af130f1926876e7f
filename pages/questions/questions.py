"""The questions that readers of the notes ask, with links to the views that answer them."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import streamlit as st

from ui import anchors, answers, hiding, models, search
from ui.i18n import code_span, listed, t
from ui.layout import controls, explained, fragment, page_head, part
from ui.pages import MISTAKES
from ui.questions import Question
from ui.state import Questions

T = TypeVar("T")

page_head()


def draw() -> None:
    """Draw the search field, and the questions and mistakes found."""
    with controls():
        st.text_input(
            t("Search"),
            key=Questions.search.name,
            max_chars=Questions.search.limit,
            placeholder=t("mask, view, SOS, ..."),
            help=t(
                "In questions, answers and mistakes, in English and Chinese. Several words: all must occur."
            ),
            width=420,
        )
    found = search.find(Questions.search.value)
    if Questions.search.value.strip():
        say_what_was_found(found)
    for question in in_columns("asked", found.questions):
        fragment(draw_question, question)
    if found.misconceptions:
        st.subheader(t("Common mistakes"), anchor=False)
    for misconception in in_columns("claims", found.misconceptions):
        anchors.link(misconception.title, MISTAKES, "mistake", {"mistake": misconception.key})


def draw_question(question: Question) -> None:
    """Draw a question as an expander; when opened, it shows the answer and a link to its view."""
    if hiding.hides("answers"):
        st.markdown(question.text)
        return
    box = st.expander(question.text, key=f"question_{question.key}", on_change="rerun")
    if box.open:
        with box, explained():
            st.markdown(answers.say(question, models.current()))
            anchors.link(t("See it there"), question.page, question.key, question.query)


def in_columns(name: str, found: Sequence[T]) -> Iterator[T]:
    """Yield each item inside a list that has two columns if there is room, read one after the other."""
    with st.container(key=f"list_{name}", gap=None):
        yield from found


def say_what_was_found(found: search.Found) -> None:
    """Show the number of results, and the replacements for words that occur nowhere."""
    for typed, near in found.guessed:
        st.caption(
            t("{typed} occurs nowhere; searched for {near}.", typed=code_span(typed), near=code_span(near))
        )
    if found.count:
        asked, claims = len(found.questions), len(found.misconceptions)
        st.caption(t("Questions found: {asked}; mistakes found: {claims}.", asked=asked, claims=claims))
        return
    words = listed(code_span(word) for word in search.suggestions())
    st.info(t("Nothing contains all these words. Try fewer, or one of these: {words}.", words=words))


part(draw)
