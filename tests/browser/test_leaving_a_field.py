"""Why `AppSession.request_rerun` is replaced: the smallest page that needs it works with, and not without."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SETTLE_MILLISECONDS, VIEWPORT

APP = "tests/browser/apps/leaving_a_field.py"


@pytest.fixture
def touched(browser):
    context = browser.new_context(viewport=VIEWPORT, has_touch=True)
    yield context.new_page()
    context.close()


def leave(page: Page, url: str) -> list[str]:
    """Type, tap the link to the second page, and wait; the headings and what went wrong."""
    page.goto(url)
    field = page.get_by_label("Field")
    expect(field).to_be_enabled(timeout=SETTLE_MILLISECONDS)
    field.fill("typed")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="second").tap()
    expect(page).to_have_url(f"{url}/second", timeout=SETTLE_MILLISECONDS)
    page.wait_for_timeout(3000)
    shown = page.get_by_role("heading", level=1).all_inner_texts()
    return [
        *shown,
        *page.get_by_role("dialog").all_inner_texts(),
        *page.get_by_label("Field").all_inner_texts(),
    ]


@pytest.mark.slow
def test_a_page_is_left_in_one_piece(serve, touched):
    assert leave(touched, serve(APP, MENDED="1")) == ["Second page"]


@pytest.mark.slow
def test_streamlit_alone_still_needs_the_remedy(serve, touched):
    assert leave(touched, serve(APP)) != ["Second page"], "Streamlit has mended it: drop `mend_requests`"
