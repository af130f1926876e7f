"""A recorded run shown once more, as quickly as one can watch: its steps were made long ago."""

import time
from collections.abc import Callable

import streamlit as st

from ui.live.component import Replay
from ui.live.topics import State
from ui.state import REPLAY_SINCE
from ui.training.shown import ShownRun

SECONDS = 12.0
"""How long it takes."""

FRAMES = 48
"""Moments of a run at which what stands beside the curves is drawn."""


def begin() -> None:
    """From now on."""
    st.session_state[REPLAY_SINCE] = time.time()


def end() -> None:
    """Show the run as it is."""
    st.session_state[REPLAY_SINCE] = None


def under_way() -> Replay | None:
    """The replay that goes on, if one does."""
    since = st.session_state.get(REPLAY_SINCE)
    return Replay(since, SECONDS) if since and time.time() - since < SECONDS else None


def of_board(replay: Replay | None, run: ShownRun, draw: Callable[[ShownRun], State]) -> Replay | None:
    """The replay of what `draw` makes of the run at each moment."""
    if replay is None or not run.records:
        return None
    frames: list[tuple[float, State]] = []
    for place in range(FRAMES):
        state = draw(run.until(place / FRAMES))
        if not frames or frames[-1][1] != state:
            frames.append((place / FRAMES, state))
    return Replay(replay.since, replay.seconds, frames)
