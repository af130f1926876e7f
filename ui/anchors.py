"""Named places on a page: a link names one, and the page that it opens scrolls to the place and marks it.

A place is named where it is drawn, `with place("energy"):`, and a link carries that name in the address,
`at=energy`. It works wherever the place is on the page and whatever is drawn around it.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import streamlit as st

from ui.address import ARRIVAL
from ui.i18n import t
from ui.pages import Page
from ui.state import AT
from ui.streamlit_internals import ELEMENTS, SCRIPT_STATE

_KEY = "at_{name}"

_MARK = """<style>
.st-key-%(key)s.st-key-%(key)s.st-key-%(key)s {
    outline: 4px solid #d9480f !important; outline-offset: 6px; border-radius: 4px;
    scroll-margin-top: 5.5rem;
}
.st-key-%(key)s::before {
    content: %(sign)s; align-self: flex-start; padding: 0 0.6em; border-radius: 4px;
    background: #d9480f; color: #fff; font-weight: 600;
}
</style>"""

_SCROLL = """<script>
    (([key, arrival, words, inside]) => {
        if (window.arrivedAt === arrival) return;
        window.arrivedAt = arrival;
        const began = performance.now(), app = document.querySelector(inside.app);
        const acts = ["wheel", "pointerdown", "touchstart", "keydown"];
        let place = null, top = null, still = 0;
        const stop = () => {
            clearInterval(timer);
            acts.forEach((act) => removeEventListener(act, stop, true));
        };
        const announce = () => {
            place.tabIndex = -1;
            place.setAttribute("role", "group");
            place.setAttribute("aria-label", words + " " + place.innerText.slice(0, 300));
            place.focus({ preventScroll: true });
        };
        const timer = setInterval(() => {
            if (performance.now() - began > 60000 || still > 10) return stop();
            const found = document.querySelector(".st-key-" + key);
            if (found !== place) {
                [place, top] = [found, null];
                if (place) announce();
            }
            const folded = place?.closest(inside.folded);
            if (folded) folded.querySelector(inside.title).click();
            const now = place?.getBoundingClientRect();
            const rests = app.dataset[inside.state] === "notRunning";
            if (now && now.top !== top) {
                const fits = now.height < innerHeight / 2;
                place.scrollIntoView({ behavior: "instant", block: fits ? "center" : "start" });
                [top, still] = [place.getBoundingClientRect().top, 0];
            } else if (rests) {
                still += 1;
            }
        }, 150);
        acts.forEach((act) => addEventListener(act, stop, true));
    })(%(arguments)s);
</script>"""
"""Keeps the place in view while the page is still being drawn, until nothing moves or the user acts.

Streamlit may run a drawn script again, so each arrival has a name and is handled once.
"""


_INSIDE = {
    "app": ELEMENTS["App"],
    "state": SCRIPT_STATE,
    "folded": ELEMENTS["ClosedExpander"],
    "title": ELEMENTS["ExpanderTitle"],
}


@contextmanager
def place(name: str) -> Iterator[None]:
    """Make what is drawn inside the target of links with `at=name`. A name may occur once per page."""
    with st.container(key=_KEY.format(name=name)):
        yield


def link(label: str, page: Page, at: str, query: Mapping[str, str]) -> None:
    """Draw a link to a place of a page, in the view that the URL parameters `query` describe."""
    st.page_link(page.file, label=label, icon=":material/chevron_right:", query_params={**query, AT.name: at})


def reveal() -> None:
    """Mark the place that the address names, and scroll there on arrival. Call it after the page is drawn."""
    if not AT.value:
        return
    key = _KEY.format(name=AT.value)
    arrival = str(st.session_state[ARRIVAL])
    arguments = json.dumps([key, arrival, t("The link leads here:"), _INSIDE])
    mark = _MARK % {"key": key, "sign": json.dumps("➤ " + t("The answer"), ensure_ascii=False)}
    st.html(mark + _SCROLL % {"arguments": arguments}, unsafe_allow_javascript=True)
