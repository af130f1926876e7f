"""The two ways in which Streamlit 1.67 loses messages, and the fixes in `streamlit_internals.mend_delivery`.

Each test fails once Streamlit no longer loses those messages: then its fix can be removed. Both losses can be
seen on tests/browser/apps/slow_sending.py; no browser is needed here.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import ScriptRunnerEvent

from ui.streamlit_internals import delivery

PART = "a part"


def drawn(text: str, place: int, fragment: str = "") -> ForwardMsg:
    message = ForwardMsg()
    message.delta.new_element.text.body = text
    message.delta.fragment_id = fragment
    message.metadata.delta_path[:] = [0, place]
    return message


def whole_run() -> ForwardMsgQueue:
    """The messages that a run of a page queues: elements of the page and of a fragment, then its end."""
    queue = ForwardMsgQueue()
    over = ForwardMsg()
    over.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    for message in (drawn("page", 0), drawn("part", 1, PART), drawn("behind", 2), over):
        queue.enqueue(message)
    return queue


def texts(queue: ForwardMsgQueue) -> list[str]:
    return [one.delta.new_element.text.body for one in queue._queue if one.WhichOneof("type") == "delta"]


def test_a_part_that_runs_takes_nothing_out_of_what_is_still_to_be_sent():
    lost = whole_run()
    delivery._clear(lost, retain_lifecycle_msgs=True, fragment_ids_this_run=[PART])
    assert texts(lost) == ["page", "behind"], "Streamlit loses the part, and what follows moves up"
    assert lost._queue[-1].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, "as if all had been drawn"

    kept = whole_run()
    delivery._clear_for_whole_runs(kept, True, [PART])
    kept.enqueue(drawn("part again", 1, PART))
    assert texts(kept) == ["page", "part", "behind", "part again"]
    delivery._clear_for_whole_runs(kept, True)
    assert texts(kept) == [], "a run of the page draws all of it anew"


def test_streamlit_hears_nothing_more_of_a_thread_that_has_a_successor():
    """A thread's last message goes through the event loop, and may arrive after the next thread starts."""

    async def heard_of(sender: object, listened_to: object) -> list[object]:
        queued: list[object] = []
        session = SimpleNamespace(
            _event_loop=asyncio.get_running_loop(),
            _scriptrunner=listened_to,
            _state=AppSessionState.APP_IS_RUNNING,
            _enqueue_forward_msg=queued.append,
        )
        handle = AppSession._handle_scriptrunner_event_on_event_loop
        handle(session, sender, ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, forward_msg=drawn("the last", 0))
        return queued

    with ThreadPoolExecutor() as aside:  # Playwright's event loop may run in this thread
        heard = aside.submit(asyncio.run, heard_of("thread", "thread")).result()
        lost = aside.submit(asyncio.run, heard_of("thread", "its successor")).result()
    assert (len(heard), lost) == (1, []), "Streamlit loses what it drew"


@pytest.mark.parametrize("heard", [False, True])
def test_a_run_begins_once_all_is_heard_of_the_run_before(monkeypatch, heard):
    """Streamlit listens to one thread only: once the next one has started, the last message would be lost."""
    created, later = [], []
    monkeypatch.setattr(delivery, "_create_scriptrunner", lambda _, asked: created.append(asked))
    session = SimpleNamespace(
        _scriptrunner=None if heard else SimpleNamespace(request_rerun=lambda asked: False),
        _event_loop=SimpleNamespace(call_later=lambda time, call, *given: later.append((call, given))),
        _state=AppSessionState.APP_IS_RUNNING,
    )
    session._create_scriptrunner = lambda asked: delivery._create_once_heard(session, asked)
    delivery._create_once_heard(session, "asked")
    assert (created, len(later)) == ((["asked"], 0) if heard else ([], 1))
    if not heard:
        session._scriptrunner = None  # the last message has arrived
        call, given = later.pop()
        call(*given)
        assert created == ["asked"]
