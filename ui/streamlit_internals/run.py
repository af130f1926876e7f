"""What the script run that is going on knows of itself. Nothing public tells any of it."""

from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.common import user_key_from_element_id


def session_id() -> str:
    """What tells the session of this browser tab from the others; empty outside of a session."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def runs_in_session() -> bool:
    """Whether this thread runs a script for a session; without one `st.session_state` is not to be had."""
    return get_script_run_ctx(suppress_warning=True) is not None


def runs_fragments() -> bool:
    """Whether fragments of the page run, and not the whole page."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def is_history_navigation() -> bool:
    """Whether this run is the browser going back or forth."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def values_come_late() -> dict[str, Any]:
    """By key, the values of fields that the browser sent when their page had been left already.

    Streamlit has them by the ids of widgets, which stand for no key any more.
    """
    context = get_script_run_ctx()
    state = context.session_state._state if context else None
    if not isinstance(state, SessionState):
        return {}
    sent, known = state._new_widget_state, state._key_id_mapper.id_key_mapping
    late = [one for one in sent.states if one not in known and one in sent.widget_metadata]
    return {str(user_key_from_element_id(one)): sent[one] for one in late}
