"""Replaces `ForwardMsgQueue.clear` and `AppSession._create_scriptrunner`: what a run draws is sent in full.

Both losses need a fragment that runs soon after another run, as those that are polled do. On a page of
training each of them was seen within a minute of clicks; the busier the machine, the more often.
"""

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import RerunData

SOON = 0.001
"""Seconds until a run that could not start is tried again."""

_clear = ForwardMsgQueue.clear
_create_scriptrunner = AppSession._create_scriptrunner


def mend_delivery() -> None:
    """For all sessions of this server, from now on."""
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
