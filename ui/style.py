"""The style sheet of every page; also what Streamlit itself says, in the page's language.

Streamlit has no translations. The few of its words that stand beside a field that somebody fills in are
replaced by ours; what a file field takes is said in the field's label.
"""

import json

import streamlit as st

from ui.i18n import t
from ui.state import PRESENTER

STYLE = """
[data-testid=stMainBlockContainer] { padding: 0.5rem 1.25rem 3rem; }
[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock] { gap: 0.6rem; }
[data-testid=stHeader] { height: 2.75rem; min-height: 0; background: transparent; pointer-events: none; }
[data-testid=stHeader] :is(button, a) { pointer-events: auto; }
[data-testid=stSidebarHeader] { height: 2.5rem; margin: 0; }
[data-testid=stSidebarNav] { padding-top: 0; }
.st-key-page_head { padding-right: 2.5rem; }
:is(.st-key-page_head, .st-key-controls_home) h1 { padding: 0; font-size: 1.6rem; white-space: nowrap; }
.st-key-page_tools { margin-left: auto; flex-wrap: nowrap; }
.st-key-page_tools button { padding-inline: 0.4rem; }
.st-key-page_tools button [data-testid=stMarkdownContainer] {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
body:has([data-testid=stExpandSidebarButton]) :is(.st-key-page_head, .st-key-controls_home) {
  padding-left: 2.25rem;
}
.st-key-page_head button, [class*="st-key-controls"] button { min-height: 2.2rem; padding-block: 0.1rem; }
[class*="st-key-controls"] [data-testid=stElementContainer] > div:has(> [data-testid=stWidgetLabel]) {
  display: flex; flex-direction: row; align-items: center; gap: 0.4rem;
}
[class*="st-key-controls"] [data-testid=stWidgetLabel] {
  margin: 0; min-height: 0; flex: none; opacity: 0.75; white-space: nowrap;
}
[class*="st-key-controls"] [data-testid=stSelectbox] > * { min-width: 0; }
[class*="st-key-controls"] textarea {
  field-sizing: content; height: auto; min-height: 2.2rem; max-height: 6.5rem; padding-block: 0.4rem;
}
[class*="st-key-controls"] [data-testid=stElementContainer]:has(> [data-testid=stNumberInput]) {
  width: fit-content; flex: none;
}
[class*="st-key-controls"] [data-testid=stNumberInputContainer] { width: 7.2rem; }
.st-key-stage_tree { flex: none; height: calc(100vh - 8.6rem); min-height: 26rem; }
.st-key-stage_tree > :last-child { flex: 1; min-height: 0; }
[data-testid=stMainBlockContainer] h3 { padding: 0; font-size: 1.1rem; }
[data-testid=stToastContainer] { top: auto; bottom: 1rem; }
[data-testid=stFileUploaderDropzoneInstructions] { display: none; }
.st-key-connection { display: none; }
.st-key-pause_button button { min-width: 5.5rem; }
"""
"""A page's head and its row of controls are one line each, so that the picture stands on the first screen.
Remarks that pass (toasts) stand where no page has its Link and Reset. Pause is as wide as Resume, which
takes its place: else Stop and Restart would move below the mouse."""

SIDEBAR_WIDTH = 210
"""Pixels."""

PRESENTER_SCALE = 1.36
PRESENTER_STYLE = """
html { font-size: %.2fpx; }
.st-key-page_tools { display: none; }
"""

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
    if PRESENTER.value:
        st.set_page_config(initial_sidebar_state="collapsed")
    st.html(f"<style>{STYLE}{_presenter_style() if PRESENTER.value else ''}{''.join(replaced)}</style>")


def _presenter_style() -> str:
    """Larger text; no link and no way back, which a class does not need."""
    size: int = st.get_option("theme.baseFontSize")
    return PRESENTER_STYLE % (PRESENTER_SCALE * size)
