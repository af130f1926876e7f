"""Positional encoding: how a token learns where it stands."""

import streamlit as st

from ui.i18n import t
from ui.layout import explained, page_head
from ui.positions import by_hand, codes, in_model, kinds, relative, why
from ui.state import Encoding

page_head(
    "encoding",
    t("Positional encoding"),
    t("Attention does not see order. So each position has a code of its own, which is added to the token."),
)

SECTIONS = {
    "codes": (t("The codes"), codes.draw),
    "hand": (t("By hand, D = 4"), by_hand.draw),
    "why": (t("Why this form"), why.draw),
    "model": (t("In the model"), in_model.draw),
    "kinds": (t("Side by side"), kinds.draw),
    "relative": (t("Rotary and ALiBi"), relative.draw),
}

section = st.segmented_control(
    t("Section"),
    list(SECTIONS),
    key=Encoding.section.name,
    format_func=lambda name: SECTIONS[name][0],
    required=True,
    label_visibility="collapsed",
)
with explained():
    SECTIONS[section or "codes"][1]()
