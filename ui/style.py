"""The style sheet of every page; also translates the words that Streamlit shows at input fields.

`$Name` stands for the selector of an element that Streamlit creates, see `ui.streamlit_internals.elements`.

Streamlit has no translations. The style sheet replaces the few of its words that appear at input fields; the
file types that an upload field accepts are named in its label instead.
"""

import json

import streamlit as st

from ui.i18n import t
from ui.state import PRESENTER
from ui.streamlit_internals import styled

STYLE = """
$MainBlockContainer { padding: 0.5rem 1.25rem 3rem; }
$MainBlockContainer > $VerticalBlock { gap: 0.6rem; }
$Header { height: 2.75rem; min-height: 0; background: transparent; pointer-events: none; }
$Header * { pointer-events: none; }
$Header :is(button, a, button *, a *) { pointer-events: auto; }
$SidebarHeader { height: 2.5rem; margin: 0; }
$SidebarNav { padding-top: 0; }
.st-key-page_head { padding-right: 2.5rem; }
:is(.st-key-page_head, .st-key-controls_home) h1 { padding: 0; font-size: 1.6rem; white-space: nowrap; }
.st-key-page_tools { margin-left: auto; flex-wrap: nowrap; }
.st-key-page_tools button { padding-inline: 0.4rem; }
.st-key-page_tools button $MarkdownContainer {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
body:has($ExpandSidebarButton) :is(.st-key-page_head, .st-key-controls_home) {
  padding-left: 2.25rem;
}
.st-key-page_head button, [class*="st-key-controls"] button { min-height: 2.2rem; padding-block: 0.1rem; }
[class*="st-key-controls"] $ElementContainer > div:has(> $WidgetLabel) {
  display: flex; flex-direction: row; align-items: center; gap: 0.4rem;
}
[class*="st-key-controls"] $WidgetLabel {
  margin: 0; min-height: 0; flex: none; opacity: 0.75; white-space: nowrap;
}
[class*="st-key-controls"]
  :is($Selectbox, $NumberInput, $MultiSelect)
  > :not($WidgetLabel) { min-width: 0; flex: 1; }
[class*="st-key-controls"] textarea {
  field-sizing: content; height: auto; min-height: 2.2rem; max-height: 6.5rem; padding-block: 0.4rem;
}
@media (max-width: 1340px) {
  .st-key-page_head { column-gap: 0.5rem; }
  .st-key-page_head h1 { font-size: 1.35rem; }
  .st-key-page_head $ButtonGroup button { padding-inline: 0.45rem; }
}
@media (min-width: 640px) {
  .st-key-stage_fill { flex: none; height: calc(100vh - 8.4rem - var(--lesson-bar, 0px)); min-height: 24rem; }
  .st-key-stage_fill > $LayoutWrapper:has(> $HorizontalBlock) {
    flex: 1; min-height: 0;
  }
  .st-key-stage_fill > * > $HorizontalBlock { height: 100%; }
  .st-key-stage_fill > * > * > $Column { height: 100%; }
  .st-key-stage_fill > * > * > * > $VerticalBlock { height: 100%; }
  .st-key-stage_fill $ElementContainer:has($PlotlyChart) {
    flex: 1; min-height: 0;
  }
}
[class*="st-key-stage"] :is(th, td) { padding: 0.3rem 0.4rem; }
[class*="st-key-controls"] $ElementContainer:has(> $NumberInput) {
  width: fit-content; flex: none;
}
[class*="st-key-controls"] $NumberInputContainer { width: 9rem; }
.st-key-controls_answer { flex-wrap: wrap; }
.st-key-controls_answer $ElementContainer:has(> $TextInput) { width: fit-content; flex: none; }
.st-key-controls_answer $TextInput > :not($WidgetLabel) { width: 12rem; }
@media (min-width: 1001px) {
  .st-key-stage_effect $Column:first-child { flex: 1; }
  .st-key-stage_effect $Column:last-child { flex: 0 0 16rem; }
}
@media (min-width: 1340px) {
  .st-key-stage_effect $Column:last-child { flex-basis: 21.5rem; }
}
.st-key-stage_tree { flex: none; height: calc(100vh - 8.9rem - var(--lesson-bar, 0px)); min-height: 20rem; }
.st-key-stage_tree > :last-child { flex: 1; min-height: 0; }
$MainBlockContainer h3 { padding: 0; font-size: 1.1rem; }
$ToastContainer { top: auto; bottom: 1rem; }
$FileUploaderInstructions { display: none; }
:is(.st-key-connection, .st-key-kept_box) { display: none; }
[class*="st-key-asks_for_"] { position: absolute; }
.st-key-pause_button button { min-width: 5.5rem; }
$Main { scroll-padding-top: 3.25rem; }
$LayoutWrapper:has(> :is(.st-key-skip_to_grid, .st-key-locks)) { position: absolute; width: 0; }
.st-key-skip_to_grid { position: absolute; top: 0.25rem; left: 3rem; z-index: 1000000; width: auto; }
.st-key-skip_to_grid:not(:focus-within) { width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip_to_grid { padding: 0.3rem 0.8rem; background: var(--st-background-color, Canvas); cursor: pointer; }
body:not(:has([id^=grid-])) .st-key-skip_to_grid { display: none; }
.st-key-stage_claim $Code pre { padding-block: 0.4rem; }
.st-key-stage_claim $Code :is(pre, code) { line-height: 1.3; font-size: 0.8rem; }
.st-key-stage_claim :is($VerticalBlock, $HorizontalBlock) { gap: 0.4rem 1rem; }
.st-key-stage_claim $AlertContainer { padding: 0.4rem 0.8rem; }
body:has(.st-key-lessons) { --lessons: 3.2rem; }
.st-key-lessons { flex-wrap: nowrap; overflow-x: auto; }
.st-key-lessons button { padding-inline: 0.6rem; white-space: nowrap; }
[class*="st-key-list_"] { display: block; columns: 26rem; }
[class*="st-key-list_"] > * { break-inside: avoid; }
"""
"""A page's head and its row of controls are one line each, so that the picture fits on the first screen.
`stage_fill` is the rest of the window, which the charts inside it share; on a phone they are stacked.
Toasts are at the bottom, where they do not cover a page's Link and Reset buttons. The Pause button is as wide
as Resume, which replaces it: otherwise Stop and Restart would move while the mouse is over them."""

NARROW_STYLE = """
@media (min-width: 641px) and (max-width: 1000px) {
  $Column { min-width: min(100%, 8rem); }
  $Column:is(:first-child:nth-last-child(2), :nth-child(2):last-child) {
    min-width: min(100%, 20rem);
  }
  $Column $Column { min-width: min(100%, 8rem); }
}
@media (max-width: 1000px) {
  .st-key-inside_columns $HorizontalBlock { flex-wrap: wrap-reverse; }
  .st-key-page_head $ButtonGroup { max-width: 100%; }
}
"""
"""In a narrow window, columns are stacked before they get so narrow that words break. On the page "Inside the
model" the explanation then comes first, and the map below it."""

PRINT_STYLE = """
@page { size: 1400px 990px; margin: 24px; }
@media print {
  :is($Sidebar, $Header, $ToastContainer, .st-key-page_tools),
  :is($Button:not(:has([kind=tertiary])), $DownloadButton, $Popover),
  :is($FileUploader, $ElementToolbar, .st-key-skip_to_grid) {
    display: none !important;
  }
  html, body, #root, $App, $AppViewContainer, $Main {
    position: static !important; height: auto !important; overflow: visible !important;
  }
  $Main { display: block; }
  $MainBlockContainer { padding: 0; }
  $Code pre, $Code code { white-space: pre-wrap; }
  $ElementContainer { break-inside: avoid; }
}
"""
"""Controls are not printed, except for suggestions (tertiary buttons), which are text. The sheet is as wide
as a laptop's window; before printing, `ui.window` makes it as wide as the actual window."""

SIDEBAR_WIDTH = 210
"""Pixels."""

PRESENTER_SCALE = 1.36
PRESENTER_STYLE = """
html { font-size: %.2fpx; }
$LayoutWrapper:has(> .st-key-page_tools) { display: none; }
$MainBlockContainer { padding-top: 0.1rem; }
$MainBlockContainer $VerticalBlock { gap: 0.45rem; }
$MainBlockContainer h3 { padding-bottom: 0.55rem; }
[class*="st-key-controls"] { gap: 0.4rem; }
[class*="st-key-controls"] button { padding-inline: 0.5rem; }
[class*="st-key-controls"] textarea { line-height: 1.25; padding-block: 0.25rem; }
@media (min-width: 1100px) {
  $MainBlockContainer > $VerticalBlock { flex-flow: row wrap; align-items: center; gap: 0.3rem 0.6rem; }
  $MainBlockContainer > $VerticalBlock > $ElementContainer { flex-basis: 100%%; }
  $LayoutWrapper:has(> :is(.st-key-page_head, .st-key-controls, .st-key-controls_attention)) {
    flex: 0 1 auto; width: auto; max-width: 100%%;
  }
  :is(.st-key-page_head, .st-key-controls, .st-key-controls_attention) { width: auto; padding-right: 0; }
  $LayoutWrapper:has(> :is(.st-key-controls, .st-key-controls_attention)) { margin-right: 2rem; }
  $MainBlockContainer > $VerticalBlock
    > $LayoutWrapper:has(> $VerticalBlock > $LayoutWrapper > .st-key-controls),
  $LayoutWrapper > $VerticalBlock:has(> $LayoutWrapper > .st-key-controls) {
    display: contents;
  }
}
"""

REPLACED = "{place} {{ font-size: 0; }} {place}::after {{ content: {words}; font-size: {size}; }}"


def draw() -> None:
    """Add the style sheets to the page. Call it once per run."""
    hint = "$FieldHint > span"
    before_count = f"{hint}:first-child:not(:last-child)"  # an only child is the character count
    enter, control_enter = t("Press Enter to apply"), t("Press Ctrl+Enter (Mac: ⌘+Enter) to apply")
    replaced = [
        REPLACED.format(place=styled(place), words=json.dumps(words, ensure_ascii=False), size=size)
        for place, words, size in (
            (f"$NumberInput {hint}", enter, "0.75rem"),
            (f"$TextInput {before_count}", enter, "0.75rem"),
            (f"$TextArea {before_count}", control_enter, "0.75rem"),
            ("$FileUploaderDropzone button p", t("Upload"), "1rem"),
        )
    ]
    st.set_page_config(initial_sidebar_state="collapsed" if PRESENTER.value else SIDEBAR_WIDTH)
    presenter = _presenter_style() if PRESENTER.value else ""
    sheets = (styled(STYLE + NARROW_STYLE + PRINT_STYLE + presenter), *replaced)
    st.html(f"<style>{''.join(sheets)}</style>")


def _presenter_style() -> str:
    """Larger text; no Link and Reset buttons, which a class does not need."""
    size: int = st.get_option("theme.baseFontSize")
    return PRESENTER_STYLE % (PRESENTER_SCALE * size)
