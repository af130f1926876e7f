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
[data-testid=stHeader] * { pointer-events: none; }
[data-testid=stHeader] :is(button, a, button *, a *) { pointer-events: auto; }
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
[class*="st-key-controls"]
  :is([data-testid=stSelectbox], [data-testid=stNumberInput], [data-testid=stMultiSelect])
  > :not([data-testid=stWidgetLabel]) { min-width: 0; flex: 1; }
[class*="st-key-controls"] textarea {
  field-sizing: content; height: auto; min-height: 2.2rem; max-height: 6.5rem; padding-block: 0.4rem;
}
@media (max-width: 1340px) {
  .st-key-page_head { column-gap: 0.5rem; }
  .st-key-page_head h1 { font-size: 1.35rem; }
  .st-key-page_head [data-testid=stButtonGroup] button { padding-inline: 0.45rem; }
}
@media (min-width: 640px) {
  .st-key-stage_fill { flex: none; height: calc(100vh - 8.4rem - var(--lesson-bar, 0px)); min-height: 24rem; }
  .st-key-stage_fill > [data-testid=stLayoutWrapper]:has(> [data-testid=stHorizontalBlock]) {
    flex: 1; min-height: 0;
  }
  .st-key-stage_fill > * > [data-testid=stHorizontalBlock] { height: 100%; }
  .st-key-stage_fill > * > * > [data-testid=stColumn] { height: 100%; }
  .st-key-stage_fill > * > * > * > [data-testid=stVerticalBlock] { height: 100%; }
  .st-key-stage_fill [data-testid=stElementContainer]:has([data-testid=stPlotlyChart]) {
    flex: 1; min-height: 0;
  }
}
[class*="st-key-stage"] :is(th, td) { padding: 0.3rem 0.4rem; }
[class*="st-key-controls"] [data-testid=stElementContainer]:has(> [data-testid=stNumberInput]) {
  width: fit-content; flex: none;
}
[class*="st-key-controls"] [data-testid=stNumberInputContainer] { width: 9rem; }
.st-key-stage_tree { flex: none; height: calc(100vh - 8.9rem - var(--lesson-bar, 0px)); min-height: 20rem; }
.st-key-stage_tree > :last-child { flex: 1; min-height: 0; }
[data-testid=stMainBlockContainer] h3 { padding: 0; font-size: 1.1rem; }
[data-testid=stToastContainer] { top: auto; bottom: 1rem; }
[data-testid=stFileUploaderDropzoneInstructions] { display: none; }
.st-key-connection { display: none; }
.st-key-pause_button button { min-width: 5.5rem; }
[data-testid=stMain] { scroll-padding-top: 3.25rem; }
.st-key-skip_to_grid { position: absolute; top: 0.25rem; left: 3rem; z-index: 1000000; width: auto; }
.st-key-skip_to_grid:not(:focus-within) { width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip_to_grid { padding: 0.3rem 0.8rem; background: var(--st-background-color, Canvas); cursor: pointer; }
body:not(:has([id^=grid-])) .st-key-skip_to_grid { display: none; }
.st-key-stage_claim [data-testid=stCode] pre { padding-block: 0.4rem; }
.st-key-stage_claim [data-testid=stCode] :is(pre, code) { line-height: 1.3; font-size: 0.8rem; }
.st-key-stage_claim :is([data-testid=stVerticalBlock], [data-testid=stHorizontalBlock]) { gap: 0.4rem 1rem; }
.st-key-stage_claim [data-testid=stAlertContainer] { padding: 0.4rem 0.8rem; }
[class*="st-key-list_"] { display: block; columns: 26rem; }
[class*="st-key-list_"] > * { break-inside: avoid; }
"""
"""A page's head and its row of controls are one line each, so that the picture stands on the first screen.
`stage_fill` is the rest of the window, which charts inside it share; on a phone they follow each other.
Remarks that pass (toasts) stand where no page has its Link and Reset. Pause is as wide as Resume, which takes
its place: else Stop and Restart would move below the mouse."""

NARROW_STYLE = """
@media (min-width: 641px) and (max-width: 1000px) {
  [data-testid=stColumn] { min-width: min(100%, 8rem); }
  [data-testid=stColumn]:is(:first-child:nth-last-child(2), :nth-child(2):last-child) {
    min-width: min(100%, 20rem);
  }
  [data-testid=stColumn] [data-testid=stColumn] { min-width: min(100%, 8rem); }
}
@media (max-width: 1000px) {
  .st-key-inside_columns [data-testid=stHorizontalBlock] { flex-wrap: wrap-reverse; }
  .st-key-page_head [data-testid=stButtonGroup] { max-width: 100%; }
}
"""
"""In a narrow window columns stand below one another before their text is broken letter by letter. Inside the
model the lesson comes first then, and the map below it."""

PRINT_STYLE = """
@page { size: 1400px 990px; margin: 24px; }
@media print {
  :is([data-testid=stSidebar], [data-testid=stHeader], [data-testid=stToastContainer], .st-key-page_tools),
  :is([data-testid=stButton], [data-testid=stDownloadButton], [data-testid=stPopover]),
  :is([data-testid=stFileUploader], [data-testid=stElementToolbar], .st-key-skip_to_grid) {
    display: none !important;
  }
  html, body, #root, [data-testid=stApp], [data-testid=stAppViewContainer], [data-testid=stMain] {
    position: static !important; height: auto !important; overflow: visible !important;
  }
  [data-testid=stMain] { display: block; }
  [data-testid=stMainBlockContainer] { padding: 0; }
  [data-testid=stCode] pre, [data-testid=stCode] code { white-space: pre-wrap; }
  [data-testid=stElementContainer] { break-inside: avoid; }
}
"""
"""On paper there is nothing to press. The sheet is as wide as a laptop's window; `ui.window` makes it as wide
as the one that is printed."""

SIDEBAR_WIDTH = 210
"""Pixels."""

PRESENTER_SCALE = 1.36
PRESENTER_STYLE = """
html { font-size: %.2fpx; }
.st-key-page_tools { display: none; }
[data-testid=stMainBlockContainer] { padding-top: 0.35rem; }
[data-testid=stMainBlockContainer] > [data-testid=stVerticalBlock] { gap: 0.45rem; }
[class*="st-key-controls"] { gap: 0.4rem; }
[class*="st-key-controls"] button { padding-inline: 0.5rem; }
[class*="st-key-controls"] textarea { line-height: 1.25; padding-block: 0.25rem; }
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
    sheets = (STYLE, NARROW_STYLE, PRINT_STYLE, _presenter_style() if PRESENTER.value else "", *replaced)
    st.html(f"<style>{''.join(sheets)}</style>")


def _presenter_style() -> str:
    """Larger text; no link and no way back, which a class does not need."""
    size: int = st.get_option("theme.baseFontSize")
    return PRESENTER_STYLE % (PRESENTER_SCALE * size)
