"""Information about the current script run that Streamlit has no public API for."""

from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.common import user_key_from_element_id


def session_id() -> str:
    """The id of the session, which each browser tab has one of; empty outside of a session."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def runs_in_session() -> bool:
    """Whether this thread runs a script of a session; otherwise `st.session_state` cannot be used."""
    return get_script_run_ctx(suppress_warning=True) is not None


def runs_fragments() -> bool:
    """Whether this is a fragment run, and not a run of the whole page."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def is_history_navigation() -> bool:
    """Whether the user caused this run by going back or forward in the browser's history."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def values_come_late() -> dict[str, Any]:
    """The values, by key, of fields whose text arrived after the user had left their page.

    Streamlit has them only by widget id, since it no longer maps these ids to keys.
    """
    context = get_script_run_ctx()
    state = context.session_state._state if context else None
    if not isinstance(state, SessionState):
        return {}
    sent, known = state._new_widget_state, state._key_id_mapper.id_key_mapping
    late = [one for one in sent.states if one not in known and one in sent.widget_metadata]
    return {str(user_key_from_element_id(one)): sent[one] for one in late}
