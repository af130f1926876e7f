"""Why `AppSession.request_rerun` is replaced: the smallest page that needs it works with, and not without."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SETTLE_MILLISECONDS, VIEWPORT

APP = "tests/browser/apps/leaving_a_field.py"
LONG = 5000
"""Milliseconds in which a page of two elements is drawn."""


@pytest.fixture
def touched(browser):
    context = browser.new_context(viewport=VIEWPORT, has_touch=True)
    yield context.new_page()
    context.close()


def leave(page: Page, url: str) -> list[str]:
    """Type, and tap the link to the second page; the headings that are on screen a while later."""
    page.goto(url)
    field = page.get_by_label("Field")
    expect(field).to_be_enabled(timeout=SETTLE_MILLISECONDS)
    field.fill("typed")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="second").tap()
    page.wait_for_timeout(LONG)
    return page.get_by_role("heading", level=1).all_inner_texts()


@pytest.mark.slow
def test_a_link_leads_away_from_a_field(serve, touched):
    assert leave(touched, serve(APP, MENDED="1")) == ["Second page"]


@pytest.mark.slow
def test_streamlit_alone_still_needs_the_remedy(serve, touched):
    assert leave(touched, serve(APP)) == ["First page"], "Streamlit has mended it: drop `mend_requests`"
