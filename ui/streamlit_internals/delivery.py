"""Replaces `ForwardMsgQueue.clear` and `AppSession._create_scriptrunner`, which lose messages to the browser.

Messages are lost when a fragment runs soon after another run, as after a quick click, and more often on a
busy machine. tests/ui/test_delivery.py shows both losses; tests/browser/apps/slow_sending.py is a page with
them.
"""

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData

SOON = 0.001
"""Seconds until the next attempt to start a run that could not start yet."""

_clear = ForwardMsgQueue.clear
_create_scriptrunner = AppSession._create_scriptrunner


def mend_delivery() -> None:
    """Replace both methods, for all sessions of this server from now on."""
    ForwardMsgQueue.clear = _clear_for_whole_runs  # type: ignore[method-assign, assignment]
    AppSession._create_scriptrunner = _create_once_heard  # type: ignore[method-assign, assignment]


def _clear_for_whole_runs(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    """Drop unsent messages before a run of the whole page, which draws everything again; keep them otherwise.

    Before a fragment run, Streamlit would drop the fragment's unsent messages from an earlier run, such as
    one of the whole page, but still send that this run has finished. The browser then removes the fragment,
    all elements after it move up by one place, and the next message for one of those places ends the session
    with "Bad message format".
    """
    if fragment_ids_this_run:
        queue._delta_index_map = {}  # else new messages would replace unsent ones
    else:
        _clear(queue, retain_lifecycle_msgs)


def _create_once_heard(session: AppSession, asked: RerunData) -> None:
    """Create a script thread only once all messages of the previous one have arrived.

    Streamlit ignores messages of a script thread that has been replaced, so the last elements that it drew
    would be lost.
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
