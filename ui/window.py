"""What every page needs in the browser window: a link to skip the navigation, and the print page size."""

import streamlit as st

from ui.i18n import t
from ui.streamlit_internals import ELEMENTS

SKIP = "skip_to_grid"

_LINK = '<a class="%s" role="link" tabindex="0">%s</a>'
"""It has no `href`, which would replace the page's address, and with it the settings there."""

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
"""The print page is as wide as the layout on screen: the printer scales it down, and nothing is cut off."""


def draw() -> None:
    """Add the link to the page's first grid, and the scripts. Call it once per run, before the page."""
    with st.container(key=SKIP):
        st.html(
            _LINK % (SKIP, t("Skip to the grid")) + _SCRIPT % (SKIP, ELEMENTS["Main"]),
            unsafe_allow_javascript=True,
        )
