"""Replaces `AppSession.request_rerun`, so that text in a field is not lost when the user leaves the page."""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary, ref

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner

_FLEETING = ("trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value", "json_value")
"""Kinds of widget values that hold for one run only, such as a click, and those of components."""


@dataclass
class _Asked:
    """What the browser of a session has requested."""

    whole: ClientState = field(default_factory=ClientState)
    """The last request for a run of a whole page."""
    runner: "ref[ScriptRunner] | None" = None
    """The script runner of that run."""
    shown: str = ""
    """The hash of the page that the browser showed when it made that request."""
    sent: dict[str, WidgetState] = field(default_factory=dict)
    """The values of all widgets on screen, by id, from the latest request."""
    changed: dict[str, WidgetState] = field(default_factory=dict)
    """The values that have changed since no script was last running."""


_asked: "WeakKeyDictionary[AppSession, _Asked]" = WeakKeyDictionary()
_request_rerun = AppSession.request_rerun


def mend_requests() -> None:
    """Replace the method, for all sessions of this server from now on.

    A field sends its text when it loses focus, which also happens when the user clicks the link to another
    page. Then the browser requests two runs at once: of the field's page or a fragment of it, and of the
    other page.

    - If the field's request arrives first, its run is stopped before the text is kept.
    - If it arrives second, its page is no longer on screen. Streamlit would go back to that page; for a
      fragment, the browser would remove the new page and fail with "Bad delta path".

    With the replacement, the new page runs in both cases and is given the text to keep.

    Besides, a browser that reconnects to another server, or later than `disconnectedSessionTTL`, gets a new
    session. Streamlit ignores a click in a fragment that this session has not drawn yet; the replacement runs
    the whole page instead.
    """
    AppSession.request_rerun = _request_what_is_meant  # type: ignore[method-assign, assignment]


def _request_what_is_meant(session: AppSession, client_state: ClientState | None) -> None:
    """Replaces `AppSession.request_rerun`."""
    if client_state is None:
        _request_rerun(session, client_state)
        return
    asked, state = _asked.setdefault(session, _Asked()), _copy(client_state)
    _note_changes(session, asked, state)
    here = _page_on_screen(session, asked)
    if here and state.page_script_hash != here and _is_of_page_left(asked, state):
        if not asked.changed:
            return
        state = _copy(asked.whole)
        state.page_script_hash = here
    elif not (state.is_auto_rerun or session.has_fragment(state.fragment_id)):
        state.fragment_id = ""
    if state.fragment_id:
        _request_rerun(session, state)
    else:
        _request_whole(session, asked, state)


def _note_changes(session: AppSession, asked: _Asked, state: ClientState) -> None:
    if session._scriptrunner is None:
        asked.changed = {}
    sent = {one.id: one for one in state.widget_states.widgets if one.WhichOneof("value") not in _FLEETING}
    if asked.sent:
        asked.changed |= {name: one for name, one in sent.items() if asked.sent.get(name) != one}
    asked.sent = sent


def _page_on_screen(session: AppSession, asked: _Asked) -> str:
    """The hash of the page that is on screen, or will be once the requested run begins.

    Empty while the browser has named the page only by its address.
    """
    shown = session._client_state.page_script_hash
    runs = asked.runner is not None and asked.runner() is session._scriptrunner is not None
    return asked.whole.page_script_hash if runs and shown in (asked.shown, "") else shown


def _is_of_page_left(asked: _Asked, state: ClientState) -> bool:
    """Whether a request for a page that is not on screen is a rerun of that page, not a click on its link.

    A request from a link contains only the values of the widgets that all pages share.
    """
    shared = _ids(asked.whole)
    was_link = asked.whole.page_script_hash != asked.shown
    return bool(state.fragment_id) or (was_link and bool(shared) and shared < _ids(state))


def _ids(state: ClientState) -> set[str]:
    return {one.id for one in state.widget_states.widgets}


def _request_whole(session: AppSession, asked: _Asked, state: ClientState) -> None:
    """Request the run of a page, and pass on the values that have changed on the page before."""
    asked.whole, asked.shown = _copy(state), session._client_state.page_script_hash
    known = _ids(state)
    state.widget_states.widgets.extend(one for name, one in asked.changed.items() if name not in known)
    _request_rerun(session, state)
    asked.runner = None if session._scriptrunner is None else ref(session._scriptrunner)


def _copy(state: ClientState) -> ClientState:
    copied = ClientState()
    copied.CopyFrom(state)
    return copied
