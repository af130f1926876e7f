"""What a browser keeps for its user from visit to visit, such as progress: JSON by name, in its own storage.

The server keeps none of it: a session is told once what the browser has, and tells it what has changed.
"""

import json
from typing import Any

import streamlit as st

from transformer import limits

_VALUES, _KNOWN = "kept_values", "kept_known"
"""Session state: what is kept, by name; whether the browser has said what it has."""

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
    """What is kept under a name, as JSON gives it; None if nothing is, or not yet. It may be anything."""
    return st.session_state.get(_VALUES, {}).get(name)


def keep(name: str, what: Any) -> None:
    """Keep something that JSON can write, in the place of what was."""
    st.session_state.setdefault(_VALUES, {})[name] = what


def sync() -> None:
    """In a page, or in the part of it that changes what is kept: let the browser keep it, too."""
    values = {name: json.dumps(what) for name, what in st.session_state.get(_VALUES, {}).items()}
    told = {"known": st.session_state.get(_KNOWN, False), "values": values}
    with st.container(key="kept_box"):
        _component(key="kept", data={"told": json.dumps(told)}, on_found_change=_welcome)


def _welcome() -> None:
    """Before the run that follows: take what the browser has, where this visit has nothing newer."""
    st.session_state[_KNOWN] = True
    brought = str(st.session_state["kept"].get("found") or "")
    if not brought or len(brought) > limits.MAX_KEPT:
        return
    for name, text in read(brought).items():
        st.session_state.setdefault(_VALUES, {}).setdefault(name, text)


def read(brought: str) -> dict[str, Any]:
    """What a browser brought, by name; what is no JSON is left out."""
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
