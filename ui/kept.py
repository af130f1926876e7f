"""Data that the browser keeps between visits, such as progress: JSON values by name, in its local storage.

The server stores none of it: the browser sends its data once per session, and the session sends changes back.
"""

import json
from typing import Any

import streamlit as st

from transformer import limits

_VALUES, _KNOWN = "kept_values", "kept_known"
"""Session state: the kept values by name; whether the browser has sent what it has."""

_component = st.components.v2.component(
    "kept",
    html="<span></span>",
    js="""
const PREFIX = "transformer.";
let asked = false;

function stored() {
    const found = {};
    for (const key of Object.keys(localStorage)) {
        if (key.startsWith(PREFIX)) found[key.slice(PREFIX.length)] = localStorage.getItem(key);
    }
    return found;
}

export default function ({ data, setTriggerValue }) {
    const { known, values } = JSON.parse(data.told);
    try {
        const found = stored();
        for (const [name, text] of Object.entries(values)) localStorage.setItem(PREFIX + name, text);
        if (known || asked) return;
        asked = true;
        if (Object.keys(found).length) setTriggerValue("found", JSON.stringify(found));
    } catch (error) {
        console.info("nothing is kept: this browser has no storage", error);
    }
}
""",
)


def value(name: str) -> Any:
    """The parsed JSON kept under a name; None if there is none, or if it has not arrived yet.

    It comes from the browser, so it may have any form.
    """
    return st.session_state.get(_VALUES, {}).get(name)


def keep(name: str, what: Any) -> None:
    """Keep a value that JSON can encode, replacing the previous one. `sync` sends it to the browser."""
    st.session_state.setdefault(_VALUES, {})[name] = what


def sync() -> None:
    """Send the kept values to the browser. Call it in a page, or in the fragment that changes them."""
    values = {name: json.dumps(what) for name, what in st.session_state.get(_VALUES, {}).items()}
    told = {"known": st.session_state.get(_KNOWN, False), "values": values}
    with st.container(key="kept_box"):
        _component(key="kept", data={"told": json.dumps(told)}, on_found_change=_welcome)


def _welcome() -> None:
    """Take the browser's values, except where this session has newer ones (a callback)."""
    st.session_state[_KNOWN] = True
    brought = str(st.session_state["kept"].get("found") or "")
    if not brought or len(brought) > limits.MAX_KEPT:
        return
    for name, text in read(brought).items():
        st.session_state.setdefault(_VALUES, {}).setdefault(name, text)


def read(brought: str) -> dict[str, Any]:
    """The values that a browser sent, by name; those that are not valid JSON are left out."""
    found: dict[str, Any] = {}
    for name, text in _object(brought).items():
        try:
            found[name] = json.loads(text)
        except (ValueError, TypeError, RecursionError):
            continue
    return found


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}
