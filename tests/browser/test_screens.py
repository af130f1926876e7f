"""The stage of every view fits on the first screen of a classroom's computers."""

from collections.abc import Sequence

import pytest
from playwright.sync_api import Page

from benchmarks.screens import STAGED, WINDOWS, Screen, Window, measure, unfit
from benchmarks.views import View

LAPTOP, PROJECTOR = WINDOWS[0], WINDOWS[3]
"""Windows in a classroom; the projector's has the least room, the largest type and no sidebar."""

FIRST = list({view.page: view for view in reversed(STAGED)}.values())
"""The first section of every page."""


def cut_or_small(
    page: Page, url: str, views: Sequence[View], windows: Sequence[Window], language: str = "en"
) -> dict[str, dict[Window, Screen]]:
    """Views that do not fit some window; one tab opens them all."""
    found = {view.name: unfit(measure(page, url, view, windows, language)) for view in views}
    return {name: missed for name, missed in found.items() if missed}


@pytest.mark.parametrize(
    ("views", "window"), [(STAGED, PROJECTOR), (FIRST, LAPTOP)], ids=["projector", "laptop"]
)
def test_stages_are_on_the_first_screen(page, app_url, views, window):
    assert not cut_or_small(page, app_url, views, [window])


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("view", STAGED, ids=lambda view: view.name)
def test_stages_are_on_the_first_screen_of_every_window_in_both_languages(page, app_url, view, language):
    assert not cut_or_small(page, app_url, [view], WINDOWS, language)
