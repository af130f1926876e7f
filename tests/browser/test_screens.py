"""The stage of every view stands on the first screen of a classroom's computers. Geometry, not time."""

import pytest

from benchmarks.screens import SHARE, STAGED, WINDOWS, measure

QUICK = (WINDOWS[0], WINDOWS[3])
"""A classroom's laptop, and its projector; the others are in the slow set."""


@pytest.mark.parametrize("window", QUICK, ids=lambda window: window.name)
@pytest.mark.parametrize("view", STAGED, ids=lambda view: view.name)
def test_the_stage_is_on_the_first_screen(page, app_url, view, window):
    screen = measure(page, app_url, view, window)
    assert screen.share >= SHARE, screen


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)
@pytest.mark.parametrize("view", STAGED, ids=lambda view: view.name)
def test_the_stage_is_on_the_first_screen_of_every_window_in_both_languages(
    page, app_url, view, window, language
):
    screen = measure(page, app_url, view, window, language)
    assert screen.share >= SHARE, screen
