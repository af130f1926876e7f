"""The replay of a recorded run in a few seconds."""

import time
from collections.abc import Callable

import streamlit as st

from ui.live.component import Replay
from ui.live.topics import State
from ui.state import REPLAY_SINCE
from ui.training.shown import ShownRun

SECONDS = 12.0
"""Duration of a replay."""

FRAMES = 48
"""Number of moments of the run at which the boards beside the curves change."""


def begin() -> None:
    """Start a replay now."""
    st.session_state[REPLAY_SINCE] = time.time()


def end() -> None:
    """End the replay, and show the whole run."""
    st.session_state[REPLAY_SINCE] = None


def under_way() -> Replay | None:
    """The replay in progress; None if there is none."""
    since = st.session_state.get(REPLAY_SINCE)
    return Replay(since, SECONDS) if since and time.time() - since < SECONDS else None


def of_board(replay: Replay | None, run: ShownRun, draw: Callable[[ShownRun], State]) -> Replay | None:
    """`replay` for a board: `draw` returns the board's state for the run as of each moment."""
    if replay is None or not run.records:
        return None
    frames: list[tuple[float, State]] = []
    for place in range(FRAMES):
        state = draw(run.until(place / FRAMES))
        if not frames or frames[-1][1] != state:
            frames.append((place / FRAMES, state))
    return Replay(replay.since, replay.seconds, frames)
