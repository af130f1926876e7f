"""What the app uses of Streamlit 1.67 that is not its public API, each with the reason."""

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary, ref

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner, get_script_run_ctx
from streamlit.runtime.state import SessionState
from streamlit.runtime.state.common import user_key_from_element_id

APP = '[data-testid="stApp"]'
"""Selects the element whose `data-test-connection-state` says whether the browser is connected."""

FIELDS = (
    "[data-testid=stTextInput] input, [data-testid=stTextArea] textarea, [data-testid=stNumberInput] input"
)
"""Selects the fields whose text is sent when they are left, each inside the `st-key-NAME` of its widget."""

_FLEETING = ("trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value", "json_value")
"""Values of widgets that hold for one run, such as a click, and those of components."""


def runs_fragments() -> bool:
    """Whether fragments of the page run, and not the whole page. Nothing public tells."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def is_history_navigation() -> bool:
    """Whether this run is the browser going back or forth. Nothing public tells."""
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


SOON = 0.001
"""Seconds until a run that could not start is tried again."""

_clear = ForwardMsgQueue.clear
_create_scriptrunner = AppSession._create_scriptrunner


def mend_delivery() -> None:
    """For all sessions of this server, from now on: what a run draws reaches the browser, whatever runs next.

    Both losses need a part of a page that runs soon after another run, as after a quick click.
    tests/ui/test_delivery.py shows them; a page for them is tests/browser/apps/slow_sending.py.
    """
    ForwardMsgQueue.clear = _clear_for_whole_runs  # type: ignore[method-assign, assignment]
    AppSession._create_scriptrunner = _create_once_heard  # type: ignore[method-assign, assignment]


def _clear_for_whole_runs(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    """What was not sent is dropped for a whole run, which draws all of it anew, and for no fragment.

    Streamlit drops what the fragment drew before, as part of a whole run, say; that the whole run is over is
    sent nevertheless. The browser takes the fragment away, all that follows moves up by one place, and the
    next message for one of those places ends the session with "Bad message format".
    """
    if fragment_ids_this_run:
        queue._delta_index_map = {}  # else what comes now would take the place of an older message
    else:
        _clear(queue, retain_lifecycle_msgs)


def _create_once_heard(session: AppSession, asked: RerunData) -> None:
    """A thread for a run once all is heard of the thread before, if that is through and takes no more runs.

    Streamlit no longer listens to a thread that has a successor, so that the end of what it drew was lost.
    """
    if session._scriptrunner is None:
        _create_scriptrunner(session, asked)
    else:
        session._event_loop.call_later(SOON, _ask_again, session, asked)


def _ask_again(session: AppSession, asked: RerunData) -> None:
    if session._state == AppSessionState.SHUTDOWN_REQUESTED:
        return
    if session._scriptrunner is None or not session._scriptrunner.request_rerun(asked):
        session._create_scriptrunner(asked)
