"""A browser that reconnects to a server that has forgotten its session; restarts are in tests/faults."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SETTLE_MILLISECONDS
from tests.faults.servers import Network


@pytest.fixture
def line(serve, tmp_path_factory) -> Network:
    """A connection that can be cut, to a server that forgets disconnected sessions after a second."""
    runs = str(tmp_path_factory.mktemp("runs"))
    url = serve("app.py", RUNS_FOLDER=runs, STREAMLIT_SERVER_DISCONNECTED_SESSION_TTL="1")
    line = Network(int(url.rsplit(":", 1)[1]))
    yield line
    line.close()


def set_things(page: Page, url: str) -> None:
    """Change settings on Home and Decoding, and leave a text on Decoding that is not sent yet."""
    page.goto(url)
    field(page, "try").fill("1 2", timeout=SETTLE_MILLISECONDS)
    field(page, "try").press("Enter")
    expect(page).to_have_url(re.compile(r"try=1\+2"))
    go(page, "Decoding")
    choice(page, "encoder self").click()
    expect(page).to_have_url(re.compile("show=encoder.self"), timeout=SETTLE_MILLISECONDS)
    field(page, "input").fill("7 7 2")


def all_is_as_it_was(page: Page) -> None:
    """Check that nothing was lost and that the page still responds."""
    expect(page.get_by_test_id("stToast")).to_contain_text("are restored", timeout=SETTLE_MILLISECONDS)
    expect(page).to_have_url(re.compile(r"input=7\+7\+2.*show=encoder.self"))
    expect(field(page, "input")).to_have_value("7 7 2")
    choice(page, "decoder self").click()
    expect(page).to_have_url(re.compile(r"input=7\+7\+2.*show=decoder.self"), timeout=SETTLE_MILLISECONDS)
    go(page, "Home")
    expect(field(page, "try")).to_have_value("1 2", timeout=SETTLE_MILLISECONDS)


def field(page: Page, name: str):
    return page.locator(f".st-key-{name}").locator("input, textarea")


def choice(page: Page, name: str):
    return page.get_by_role("radio", name=name, exact=True)


def go(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()


def test_after_a_long_time_without_a_connection_a_page_goes_on_as_it_was(tab, line):
    set_things(tab, line.url)
    line.cut()
    expect(tab.locator("#connection-lost")).to_be_visible(timeout=SETTLE_MILLISECONDS)
    tab.wait_for_timeout(2500)  # the server looks for expired sessions only now and then
    line.mend()
    all_is_as_it_was(tab)
