"""The stage of every view stands on the first screen of a classroom's computers. Geometry, not time."""

import pytest

from benchmarks.screens import LARGER, SHARE, STAGED, WINDOWS, measure

QUICK = (WINDOWS[0], WINDOWS[3])
"""A classroom's laptop, and its projector; the others are in the slow set."""

WHOLE = [view for view in STAGED if view.name not in LARGER]


@pytest.mark.parametrize("window", QUICK, ids=lambda window: window.name)
@pytest.mark.parametrize("view", WHOLE, ids=lambda view: view.name)
def test_the_stage_is_on_the_first_screen(page, app_url, view, window):
    screen = measure(page, app_url, view, window)
    assert screen.share >= SHARE, screen


@pytest.mark.parametrize("window", QUICK, ids=lambda window: window.name)
@pytest.mark.parametrize("view", [view for view in STAGED if view.name in LARGER], ids=lambda view: view.name)
def test_beside_a_picture_that_scrolls_all_else_of_the_stage_is_in_view(page, app_url, view, window):
    screen = measure(page, app_url, view, window)
    assert all(part.startswith("CANVAS") for part in screen.hidden), screen


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)
@pytest.mark.parametrize("view", WHOLE, ids=lambda view: view.name)
def test_the_stage_is_on_the_first_screen_of_every_window_in_both_languages(
    page, app_url, view, window, language
):
    screen = measure(page, app_url, view, window, language)
    assert screen.share >= SHARE, screen
