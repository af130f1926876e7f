"""Decoding: how the model writes its answer, and what happens when one interferes."""

import streamlit as st

from ui import inputs, models
from ui.decoding import cache, source, strategies, walk
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
    "strategies": (t("Strategies"), strategies.draw),
    "cache": (t("The cache"), cache.draw),
}

source.draw()
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
