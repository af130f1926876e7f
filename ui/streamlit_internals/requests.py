"""Replaces `AppSession.request_rerun`: what a browser asks for when a page is left is understood."""

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary, ref

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import ScriptRunner

_FLEETING = ("trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value", "json_value")
"""Values of widgets that hold for one run, such as a click, and those of components."""


@dataclass
class _Asked:
    """What the browser of a session has asked for."""

    whole: ClientState = field(default_factory=ClientState)
    """The last run of a whole page."""
    runner: "ref[ScriptRunner] | None" = None
    """What runs it."""
    shown: str = ""
    """The hash of the page that the browser showed when it asked for it."""
    sent: dict[str, WidgetState] = field(default_factory=dict)
    """The values of all widgets on screen, by id, as they came last."""
    changed: dict[str, WidgetState] = field(default_factory=dict)
    """Those that have changed since the session was last at rest."""


_asked: "WeakKeyDictionary[AppSession, _Asked]" = WeakKeyDictionary()
_request_rerun = AppSession.request_rerun


def mend_requests() -> None:
    """For all sessions of this server, from now on: what a browser asks for on leaving a page is understood.

    A field sends its text when it is left, be it by a click on the link to another page. Then the browser
    asks for two runs at once: of the field's page or a fragment of it, and of the other page.

    - If it asks for the field's first, that run is stopped before it has kept the text.
    - If it asks for the field's second, that is no longer on screen. Streamlit goes back to the page; for a
      fragment, the browser takes the new page away and ends with "Bad delta path".

    In both cases the new page runs, and is given the text to keep.

    A browser that comes back to another server, or later than `disconnectedSessionTTL`, gets a new session.
    Streamlit drops a click on a fragment that this session has not drawn yet. Instead the whole page runs.
    """
    AppSession.request_rerun = _request_what_is_meant  # type: ignore[method-assign, assignment]


def _request_what_is_meant(session: AppSession, client_state: ClientState | None) -> None:
    """In the place of `AppSession.request_rerun`."""
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
    """The hash of the page that is on screen, or will be once the run that was asked for begins.

    Empty while the browser has named a page by its address only.
    """
    shown = session._client_state.page_script_hash
    runs = asked.runner is not None and asked.runner() is session._scriptrunner is not None
    return asked.whole.page_script_hash if runs and shown in (asked.shown, "") else shown


def _is_of_page_left(asked: _Asked, state: ClientState) -> bool:
    """Whether a page that is not on screen asks to be drawn anew, and not its link to be opened.

    A link asks with the values of those widgets that all pages share.
    """
    shared = _ids(asked.whole)
    was_link = asked.whole.page_script_hash != asked.shown
    return bool(state.fragment_id) or (was_link and bool(shared) and shared < _ids(state))


def _ids(state: ClientState) -> set[str]:
    return {one.id for one in state.widget_states.widgets}


def _request_whole(session: AppSession, asked: _Asked, state: ClientState) -> None:
    """Ask for the run of a page, and tell it what has changed on the page before."""
    asked.whole, asked.shown = _copy(state), session._client_state.page_script_hash
    known = _ids(state)
    state.widget_states.widgets.extend(one for name, one in asked.changed.items() if name not in known)
    _request_rerun(session, state)
    asked.runner = None if session._scriptrunner is None else ref(session._scriptrunner)


def _copy(state: ClientState) -> ClientState:
    copied = ClientState()
    copied.CopyFrom(state)
    return copied
