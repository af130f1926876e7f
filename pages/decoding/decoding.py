"""Decoding: how the model writes its answer, and what happens when one interferes."""

import random

import streamlit as st

from ui import inputs, models
from ui.decoding import accuracy, teacher, walk, what_if
from ui.i18n import t
from ui.layout import explained, page_head
from ui.state import Decoding

page_head(
    "decoding",
    t("Decoding"),
    t("The model writes its answer token by token. Step through it and see where each head looks."),
)

SECTIONS = {
    "walk": (t("Step by step"), walk.draw),
    "teacher": (t("Teacher forcing"), teacher.draw),
    "what_if": (t("What if"), what_if.draw),
    "accuracy": (t("Accuracy"), accuracy.draw),
}


def draw_input() -> None:
    """Put a random input of the current model's task into the text field."""
    Decoding.text.set(inputs.random_text(models.current(), random.Random()))
    Decoding.step.set(0)


text, button = st.columns([5, 1], vertical_alignment="bottom")
text.text_area(t("Input, one a line"), key=Decoding.text.name, max_chars=2000, height=68)
button.button(t("Random input"), on_click=draw_input, width="stretch")
section = st.segmented_control(
    t("Section"),
    list(SECTIONS),
    key=Decoding.section.name,
    format_func=lambda name: SECTIONS[name][0],
    required=True,
    label_visibility="collapsed",
)

with explained():
    checkpoint = models.current()
    SECTIONS[section or "walk"][1](checkpoint, inputs.read_sources(checkpoint, Decoding.text.value))
