"""Many quick clicks on a server that sends slowly: the page keeps working, and nothing drawn is lost."""

import contextlib
import random
import time

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.browser.conftest import SETTLE_MILLISECONDS
from tests.browser.test_training import SMALL

pytestmark = [pytest.mark.slow, pytest.mark.timing]

SLOW = "tests/browser/apps/slow_dashboard.py"
MINUTES_ON_TRAINING = 15
CHANGES_OF_PAGE = 60
PRESSED = "button:visible, label:has(input[role=switch]):visible, summary:visible"
"""Selector of what can be clicked on a page: buttons, choices of sections, switches, folded boxes."""


@pytest.fixture
def slow(page, serve, tmp_path_factory) -> Page:
    url = serve(SLOW, RUNS_FOLDER=str(tmp_path_factory.mktemp("runs")), TRAINING_LIMIT="1")
    page.goto(url)
    page.get_by_role("heading", level=1).wait_for(timeout=SETTLE_MILLISECONDS)
    return page


def press_one(page: Page, where: Locator, chance: random.Random) -> None:
    """Click a random one of the elements, by its own `click()`."""
    count = where.count()
    if count:
        where.nth(chance.randrange(count)).evaluate("element => element.click()", timeout=2000)


def lives(page: Page) -> None:
    expect(page.get_by_text("Bad message format")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def press_for_a_while(page: Page, chance: random.Random, clicks: int) -> None:
    where = page.get_by_test_id("stMain").locator(PRESSED)
    for _ in range(clicks):
        with contextlib.suppress(TimeoutError):  # the element has disappeared meanwhile, which is no fault
            press_one(page, where, chance)
        page.wait_for_timeout(chance.choice((5, 30, 100, 300)))
    page.keyboard.press("Escape")


def test_training_lives_through_random_clicks(slow, settled):
    chance = random.Random(0)
    address = f"{slow.url.rstrip('/')}/training?{SMALL}&run=sort"
    slow.goto(address)
    end = time.monotonic() + 60 * MINUTES_ON_TRAINING
    while time.monotonic() < end:
        press_for_a_while(slow, chance, 20)
        lives(slow)
        if "/training" not in slow.url:
            slow.goto(address)
    settled(slow)
    slow.goto(address)
    slow.get_by_role("button", name="Start", exact=True).wait_for(timeout=SETTLE_MILLISECONDS)
    lives(slow)


def test_parts_live_through_clicks_right_after_a_change_of_page(slow, settled):
    chance = random.Random(1)
    links = slow.get_by_test_id("stSidebarNav").get_by_role("link")
    links.first.wait_for(timeout=SETTLE_MILLISECONDS)
    for _ in range(CHANGES_OF_PAGE):
        links.nth(chance.randrange(links.count())).evaluate("link => link.click()")
        slow.wait_for_timeout(chance.choice((0, 100, 300, 800)))
        press_for_a_while(slow, chance, 4)
        lives(slow)
    settled(slow)
