"""Hiding and locking of page parts, as a link or a lesson step asks. Pages need no code for it.

Hidden parts are not drawn, but their settings keep their values. Locked parts are drawn, but do not react to
mouse or keyboard.
"""

import json
from contextvars import ContextVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.i18n import t
from ui.state import HIDE, LOCK
from ui.streamlit_internals import styled

NEEDED = ("controls_answer", "controls_summary")
"""Rows of controls that are never hidden or locked, since the user answers questions there."""

_UNSEEN: ContextVar[tuple[DeltaGenerator, ...]] = ContextVar("unseen", default=())
"""Placeholders of this run that are emptied when it ends."""

_PLACES = {
    "sidebar": "$Sidebar",
    "sections": ".st-key-page_head $ButtonGroup",
    "controls": '[class*="st-key-controls"]' + "".join(f":not(.st-key-{row})" for row in NEEDED),
}
"""CSS selectors of the parts that can be locked."""

_LOCKED = """<style>
[inert] { opacity: 0.55; cursor: not-allowed; }
[inert]::before { content: %s; flex: none; font-size: 0.8rem; border: 1px solid; border-radius: 4px;
  padding: 0 0.4rem; width: fit-content; margin: auto 0; }
</style><span class="locked-places" data-places="%s"></span>
<script>
    (() => {
        if (window.keepsLocks) return;
        window.keepsLocks = true;
        const lock = () => {
            const places = document.querySelector(".locked-places")?.dataset.places;
            for (const one of document.querySelectorAll("[inert][data-locked]"))
                if (!places || !one.matches(places)) one.inert = one.toggleAttribute("data-locked", false);
            if (!places) return;
            for (const one of document.querySelectorAll(places))
                if (!one.inert) one.inert = one.toggleAttribute("data-locked", true);
        };
        let asked = false;
        const later = () => {
            if (asked) return;
            asked = true;
            requestAnimationFrame(() => { asked = false; lock(); });
        };
        new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
        later();
    })();
</script>"""
"""Streamlit replaces elements while it draws, so the script watches the page and locks the new ones."""


def hides(part: str) -> bool:
    """Whether one of `ui.setting.HIDEABLE` is hidden."""
    return part in HIDE.value.split(",")


def locks(part: str) -> bool:
    """Whether one of `ui.setting.LOCKABLE` is locked."""
    return part in LOCK.value.split(",")


def withholds(part: str) -> bool:
    """Whether a part is hidden or locked, so that other controls must not do what it does either."""
    return hides(part) or locks(part)


def lock() -> None:
    """Tell the browser which parts to keep locked. Call it once per run, above the page."""
    places = [styled(place) for part, place in _PLACES.items() if locks(part)]
    if not places:
        return
    with st.container(key="locks"):
        st.html(
            _LOCKED % (json.dumps(t("locked"), ensure_ascii=False), ", ".join(places).replace('"', "'")),
            unsafe_allow_javascript=True,
        )


def unseen() -> DeltaGenerator:
    """A container that `clear` empties at the end of the run; until then its widgets have their values."""
    place = st.empty()
    _UNSEEN.set((*_UNSEEN.get(), place))
    return place.container()


def clear() -> None:
    """Empty the containers of `unseen`. Call it at the end of a page run or fragment run."""
    for place in _UNSEEN.get():
        place.empty()
    _UNSEEN.set(())
