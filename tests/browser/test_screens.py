"""The stage of every view stands on the first screen of a classroom's computers. Geometry, not time."""

import pytest
from playwright.sync_api import Page

from benchmarks.screens import STAGED, WINDOWS, Window, measure
from benchmarks.views import View

LAPTOP, PROJECTOR = WINDOWS[0], WINDOWS[3]
"""Of a classroom; the latter has the least room and the largest type, and hides the sidebar."""

FIRST = list({view.page: view for view in reversed(STAGED)}.values())
"""The first section of every page."""


def name_of(window: Window) -> str:
    return window.name


def unfit(page: Page, url: str, views: list[View], window: Window, language: str = "en") -> dict[str, object]:
    """Views whose stage is cut or whose numbers are too small; one tab opens them all."""
    found = {view.name: measure(page, url, view, window, language) for view in views}
    return {name: screen for name, screen in found.items() if not screen.suits(window)}


@pytest.mark.parametrize(
    ("views", "window"), [(list(STAGED), PROJECTOR), (FIRST, LAPTOP)], ids=["projector", "laptop"]
)
def test_stages_are_on_the_first_screen(page, app_url, views, window):
    assert not unfit(page, app_url, views, window)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("window", WINDOWS, ids=name_of)
def test_stages_are_on_the_first_screen_of_every_window_in_both_languages(page, app_url, window, language):
    assert not unfit(page, app_url, list(STAGED), window, language)
