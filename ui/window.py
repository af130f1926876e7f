"""What a browser's window needs on every page: a way past the navigation, and a sheet to print on."""

import streamlit as st

from ui.i18n import t
from ui.streamlit_internals import ELEMENTS

SKIP = "skip_to_grid"

_LINK = '<a class="%s" role="link" tabindex="0">%s</a>'
"""Without an address, which would take the place of the one that says what the page shows."""

_SCRIPT = """<script>
    (() => {
        if (window.heedsWindow) return;
        window.heedsWindow = true;
        const follow = (event) => {
            if (!event.target.closest?.(".%s") || (event.key ?? "Enter") !== "Enter") return;
            event.preventDefault();
            document.querySelector("[id^=grid-]")?.focus();
        };
        addEventListener("click", follow);
        addEventListener("keydown", follow);
        const sheet = document.head.appendChild(document.createElement("style"));
        addEventListener("beforeprint", () => {
            const width = document.querySelector("%s").clientWidth + 48;
            const height = Math.round(width / Math.SQRT2);
            sheet.textContent = `@page { size: ${width}px ${height}px; margin: 24px; }`;
        });
    })();
</script>"""
"""The sheet is as wide as what is laid out on screen: the printer makes it smaller, and nothing is cut."""


def draw() -> None:
    """Once a run, before the page: its first grid is the main one."""
    with st.container(key=SKIP):
        st.html(
            _LINK % (SKIP, t("Skip to the grid")) + _SCRIPT % (SKIP, ELEMENTS["Main"]),
            unsafe_allow_javascript=True,
        )
