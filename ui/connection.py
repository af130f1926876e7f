"""What the browser does when it loses the connection to the server, and when it gets it back.

Only the browser notices the loss. So each page carries the sentence to show then, and all settings of the
session: a server that has forgotten the session, or was restarted, gets them back from the browser.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Any

import streamlit as st

from ui import address, hiding
from ui.i18n import sentences, t
from ui.pages import Page
from ui.streamlit_internals import CONNECTION_STATE, ELEMENTS, FIELDS

_VISIT = "visit"
"""Session state: a random name of this session, which a new session does not have."""

_component = st.components.v2.component(
    "connection",
    html="<span></span>",
    js="""
const ID = "connection-lost";
const STYLE = "position: fixed; left: 1rem; right: 1rem; bottom: 1rem; z-index: 2000000; max-width: 46rem;"
    + "margin: 0 auto; padding: 0.75rem 1rem; border-radius: 0.5rem; background: #fff3cd; color: #3d2e00;"
    + "border: 2px solid #9a6700; font-size: 1rem; font-family: inherit; line-height: 1.5";
const edited = new WeakSet();
document.addEventListener("input", (event) => edited.add(event.target), true);

function say(sentence) {
    const note = document.createElement("div");
    note.id = ID;
    note.setAttribute("role", "alert");
    note.textContent = sentence;
    note.style.cssText = STYLE;
    document.body.append(note);
}

function typed(fields) {
    const found = {};
    for (const field of document.querySelectorAll(fields)) {
        const name = field.closest("[class*=st-key-]")?.className.match(/st-key-(\\S+)/)[1];
        if (name && edited.has(field)) found[name] = field.value;
    }
    return found;
}

let told, observer;

export default function ({ data, setTriggerValue }) {
    told = JSON.parse(data.told);
    const app = document.querySelector(told.app);
    const follow = () => {
        const note = document.getElementById(ID);
        if (app.dataset[told.state] !== "CONNECTED") {
            if (!note) say(told.sentence);
        } else if (note) {
            note.remove();
            const { visit, settings, fields } = told;
            setTriggerValue("returned", JSON.stringify({ visit, settings, typed: typed(fields) }));
        }
    };
    observer?.disconnect();
    observer = new MutationObserver(follow);
    observer.observe(app, { attributes: true });
    follow(); // the connection may have been lost before this script was loaded
}
""",
)


def watch(page: Page) -> None:
    """Let the browser watch its connection. Call it before a page, whose settings it may restore."""
    visit = st.session_state.setdefault(_VISIT, uuid.uuid4().hex)
    lost = t(
        "The connection to the server is lost. The page keeps trying to reconnect; you do not have to do "
        "anything."
    )
    kept = t("Trainings run on the server. What they have recorded is kept, also if the server was stopped.")
    told = {
        "app": ELEMENTS["App"],
        "state": CONNECTION_STATE,
        "fields": FIELDS,
        "sentence": sentences(lost, kept),
        "visit": visit,
        "settings": address.everything(),
    }
    data = {"told": json.dumps(told)}  # as text, since Streamlit would search lists and dicts for tables
    with st.container(key="connection_box") if hiding.hides("sidebar") else st.sidebar:
        event = _component(key="connection", data=data, on_returned_change=_do_nothing)
    if event.returned:
        _welcome(page, json.loads(event.returned), visit)


def _do_nothing() -> None:
    """A callback that Streamlit needs in order to report the event."""


def _welcome(page: Page, brought: Mapping[str, Any], visit: str) -> None:
    """Restore typed text, and also the settings of other pages if this server has forgotten the session."""
    is_forgotten = brought["visit"] != visit
    address.restore(page, brought["typed"], brought["settings"] if is_forgotten else {})
    if is_forgotten:
        remark = sentences(
            t("The connection was lost for long, or the server was restarted. All settings are restored."),
            t("Results that were computed on request are not, nor are the answers you gave."),
        )
        st.toast(remark, duration="long")
