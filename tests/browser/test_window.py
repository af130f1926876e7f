"""On every page: the link that skips the navigation, narrow windows, and printing."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from benchmarks.views import PAGES
from tests.browser.conftest import slow_but

NARROW = (800, 683, 390)
"""Widths in pixels: half a screen, a laptop at 200 %, a phone."""

BUTTONS = (
    "[data-testid=stMain] "
    ":is([data-testid=stButton]:not(:has([kind=tertiary])), .st-key-page_tools, [data-testid=stPopover])"
)
"""All buttons except suggestions, which are sentences and stay readable on paper."""


def opened(page: Page, app_url: str, settled, address: str) -> Page:
    page.goto(f"{app_url}/{address}")
    page.get_by_role("heading", level=1).wait_for(timeout=60_000)
    return settled(page)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement?.id ?? ''")


def test_the_grid_is_the_first_stop_after_the_navigation(page, app_url, settled):
    opened(page, app_url, settled, "decoding")
    page.locator("#grid-decoding_grid").wait_for()
    link = page.get_by_role("link", name="Skip to the grid")
    page.get_by_test_id("stSidebar").get_by_text("Presenter size").click()
    settled(page)
    page.get_by_test_id("stSidebar").get_by_role("switch").or_(
        page.get_by_test_id("stSidebar").get_by_role("checkbox")
    ).last.focus()
    for _ in range(8):
        page.keyboard.press("Tab")
        if link.evaluate("node => node === document.activeElement"):
            break
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    assert focused(page) == "grid-decoding_grid"
    assert "#" not in page.url


def test_pages_without_a_grid_have_no_way_to_one(page, app_url, settled):
    opened(page, app_url, settled, "questions")
    expect(page.locator(".st-key-skip_to_grid")).to_be_hidden()


EACH_PAGE = [f"{path}?lang={'zh' if number % 2 else 'en'}" for number, path in enumerate(PAGES)]
"""Every page in one of the languages; every second one in Chinese."""


@pytest.mark.parametrize(
    "address", slow_but(EACH_PAGE, [f"{path}?lang={lang}" for path in PAGES for lang in ("en", "zh")])
)
def test_a_page_opens_without_an_error_and_is_whole_on_paper_and_in_narrow_windows(
    page, app_url, settled, address
):
    opened(page, app_url, settled, address)
    expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert_paper_has_nothing_to_press_and_cuts_nothing(page)
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 650})
        assert_nothing_is_cut_or_set_letter_by_letter(page, width)


def assert_paper_has_nothing_to_press_and_cuts_nothing(page: Page) -> None:
    page.emulate_media(media="print")
    try:
        expect(page.get_by_test_id("stSidebar")).to_be_hidden()
        assert not page.locator(BUTTONS).evaluate_all("all => all.filter(one => one.offsetHeight > 0).length")
        assert page.evaluate("getComputedStyle(document.querySelector('[data-testid=stMain]')).overflow") == (
            "visible"
        )
    finally:
        page.emulate_media(media="screen")


CUT = """width => {
    const main = document.querySelector("[data-testid=stMain]");
    const columns = [...main.querySelectorAll("[data-testid=stColumn]")].map(one => one.clientWidth);
    const roots = [document, ...[...document.querySelectorAll("*")].flatMap(one => one.shadowRoot ?? [])];
    const figures = roots.flatMap(root => [...root.querySelectorAll("svg[role=group]")]);
    const boxes = figures.map(figure => figure.getBoundingClientRect());
    return [
        main.scrollWidth > main.clientWidth && "the page is wider than the window",
        columns.some(column => column > 0 && column < 90) && "a column is set letter by letter",
        boxes.some(box => box.x < 0 || box.right > width) && "a figure is cut",
    ].filter(Boolean);
}"""


def assert_nothing_is_cut_or_set_letter_by_letter(page: Page, width: int) -> None:
    """Waits until the figures have been redrawn for the new window size."""
    end = time.monotonic() + 30
    while (cut := page.evaluate(CUT, width)) and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert not cut, width


def test_a_sheet_is_as_wide_as_what_is_laid_out(page, app_url, settled):
    opened(page, app_url, settled, "decoding")
    page.set_viewport_size({"width": 1900, "height": 900})
    wide = page.get_by_test_id("stMain").evaluate("main => main.clientWidth")
    page.wait_for_function("window.heedsWindow")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    sheets = page.locator("head style").evaluate_all("all => all.map(one => one.textContent)")
    (size,) = [found[1] for sheet in sheets if (found := re.search(r"@page \{ size: (\d+)px", sheet))]
    assert int(size) - 48 >= wide > 1400


def test_in_a_narrow_window_the_lesson_stands_above_the_map(page, app_url, settled):
    page.set_viewport_size({"width": 800, "height": 650})
    opened(page, app_url, settled, "inside")
    grid = page.locator("#grid-inside_lesson").bounding_box()
    assert grid["y"] < page.locator("svg[role=group]").bounding_box()["y"]
    assert grid["y"] < 325


def test_the_map_on_a_phone_is_drawn_in_two_parts_that_can_be_read(page, app_url, settled):
    page.set_viewport_size({"width": 390, "height": 800})
    opened(page, app_url, settled, "")
    figures = page.locator("svg[role=group]")
    expect(figures).to_have_count(2)
    for number in range(2):
        shown = figures.nth(number)
        unit = shown.bounding_box()["width"] / float(shown.get_attribute("viewBox").split()[2])
        size = shown.locator("text").first.evaluate("one => parseFloat(getComputedStyle(one).fontSize)")
        assert size * unit >= 9
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(figures).to_have_count(1)


def test_the_sidebar_comes_back_with_one_click_in_presenter_size(page, app_url, settled):
    opened(page, app_url, settled, "decoding?presenter=1")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).to_have_attribute("data-collapsed", "true")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(sidebar).to_have_attribute("data-collapsed", "false")
    expect(sidebar.get_by_text("Current model")).to_be_in_viewport()
