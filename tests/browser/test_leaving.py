"""Text in a field when its page is left: no error, and it is still there on return."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SETTLE_MILLISECONDS, VIEWPORT, slow_but

SLOW = "tests/browser/apps/slow_dashboard.py"

TEXTS = {
    "home": ("", "try", "2 7"),
    "inside": ("inside", "sentences", "2 7"),
    "broadcasting": ("broadcasting?from=model", "inputs", "2 7"),
    "laboratory": ("laboratory", "lab_inputs", "2 7"),
    "encoding": ("encoding?pe_section=hand", "tokens", "2 7"),
    "decoding": ("decoding", "input", "2 7"),
    "questions": ("questions", "search", "mask"),
    "training": ("training", "train_steps", "77"),
}
"""For each page: its address, the setting of a text field, and what is typed into it."""


@pytest.fixture(scope="module")
def touched(browser, app_url) -> Page:
    """A tab with a touch screen."""
    context = browser.new_context(viewport=VIEWPORT, locale="en-US", has_touch=True)
    yield context.new_page()
    context.close()


def field(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-{name}").locator("input, textarea")


def link(page: Page, title: str) -> Locator:
    return page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True)


def shows(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading, timeout=SETTLE_MILLISECONDS)


def leave_and_come_back(page: Page, url: str, which: str, *, by_touch: bool = False) -> None:
    path, name, text = TEXTS[which]
    press = Locator.tap if by_touch else Locator.click
    page.goto(f"{url}/{path}")
    expect(field(page, name)).to_be_enabled(timeout=SETTLE_MILLISECONDS)
    heading = page.get_by_role("heading", level=1).inner_text()
    other = "Mask laboratory" if which == "home" else "Home"
    own = page.get_by_test_id("stSidebarNav").locator("[aria-current=page]").inner_text()
    field(page, name).fill(text)
    press(link(page, other))
    shows(page, other if which == "home" else "See a Transformer work")
    press(link(page, own))
    shows(page, heading)
    expect(field(page, name)).to_have_value(text)
    expect(page).to_have_url(re.compile(rf"[?&]{name}={text.replace(' ', '.')}"))
    page.wait_for_timeout(300)
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("which", ["encoding"])
def test_with_a_mouse(page, app_url, which):
    leave_and_come_back(page, app_url, which)


@pytest.mark.parametrize("which", slow_but({"decoding", "laboratory", "training"}, TEXTS))
def test_by_touch(touched, watch, app_url, which):
    leave_and_come_back(watch(touched), app_url, which, by_touch=True)


@pytest.mark.parametrize("which", slow_but({"decoding"}, ["home", "decoding"]))
def test_on_a_server_that_sends_slowly(page, serve, which):
    leave_and_come_back(page, serve(SLOW), which)
