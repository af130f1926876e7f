"""The style sheet of every page; also what Streamlit itself says, in the page's language.

Streamlit has no translations. The few of its words that stand beside a field that somebody fills in are
replaced by ours; what a file field takes is said in the field's label.
"""

import json

import streamlit as st

from ui.i18n import t
from ui.state import PRESENTER

STYLE = """
[data-testid=stMainBlockContainer] { padding: 2.5rem 3rem 4rem; }
[data-testid=stToastContainer] { top: auto; bottom: 1rem; }
[data-testid=stFileUploaderDropzoneInstructions] { display: none; }
.st-key-connection { display: none; }
.st-key-pause_button button { min-width: 5.5rem; }
"""
"""Remarks that pass (toasts) stand where no page has its Link and Reset. Pause is as wide as Resume, which
takes its place: else Stop and Restart would move below the mouse."""

PRESENTER_SCALE = 1.25
PRESENTER_STYLE = f"html {{ font-size: {PRESENTER_SCALE:.0%}; }}"

REPLACED = "{place} {{ font-size: 0; }} {place}::after {{ content: {words}; font-size: {size}; }}"


def draw() -> None:
    """Once a run, for the whole page."""
    hint = "[data-testid=InputInstructions] > span"
    before_count = f"{hint}:first-child:not(:last-child)"  # the count may stand there alone
    enter, control_enter = t("Press Enter to apply"), t("Press Ctrl+Enter (Mac: ⌘+Enter) to apply")
    replaced = [
        REPLACED.format(place=place, words=json.dumps(words, ensure_ascii=False), size=size)
        for place, words, size in (
            (f"[data-testid=stNumberInput] {hint}", enter, "0.75rem"),
            (f"[data-testid=stTextInput] {before_count}", enter, "0.75rem"),
            (f"[data-testid=stTextArea] {before_count}", control_enter, "0.75rem"),
            ("[data-testid=stFileUploaderDropzone] button p", t("Upload"), "1rem"),
        )
    ]
    st.html(f"<style>{STYLE}{PRESENTER_STYLE if PRESENTER.value else ''}{''.join(replaced)}</style>")
