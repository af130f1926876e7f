"""The stage of every view stands on the first screen of a classroom's computers. Geometry, not time."""

import pytest

from benchmarks.screens import LARGER, SHARE, STAGED, WINDOWS, Window, measure
from benchmarks.views import View

LAPTOP, PROJECTOR = WINDOWS[0], WINDOWS[3]
"""Of a classroom; the latter has the least room and the largest type, and hides the sidebar."""

WHOLE = [view for view in STAGED if view.name not in LARGER]
FIRST = list({view.page: view for view in reversed(WHOLE)}.values())
"""The first section of every page."""

QUICK = [*((view, PROJECTOR) for view in WHOLE), *((view, LAPTOP) for view in FIRST)]
"""All views in all windows are in the slow set."""


def name_of(part: View | Window) -> str:
    return part.name


@pytest.mark.parametrize(("view", "window"), QUICK, ids=name_of)
def test_the_stage_is_on_the_first_screen(page, app_url, view, window):
    screen = measure(page, app_url, view, window)
    assert screen.share >= SHARE, screen


@pytest.mark.parametrize("window", [LAPTOP, PROJECTOR], ids=name_of)
@pytest.mark.parametrize("view", [view for view in STAGED if view.name in LARGER], ids=name_of)
def test_beside_a_picture_that_scrolls_all_else_of_the_stage_is_in_view(page, app_url, view, window):
    screen = measure(page, app_url, view, window)
    assert all(part.startswith("CANVAS") for part in screen.hidden), screen


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("window", WINDOWS, ids=name_of)
@pytest.mark.parametrize("view", WHOLE, ids=name_of)
def test_the_stage_is_on_the_first_screen_of_every_window_in_both_languages(
    page, app_url, view, window, language
):
    screen = measure(page, app_url, view, window, language)
    assert screen.share >= SHARE, screen
