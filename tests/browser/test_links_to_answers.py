"""A link to an answer scrolls it into view, marks it, and announces it to screen readers."""

import pytest
from playwright.sync_api import Locator, Page, expect

from ui.misconceptions import misconceptions
from ui.questions import questions

LAPTOP = {"width": 1366, "height": 650}
ASKED = {question.key: question for question in questions()}
MISCONCEPTIONS = {misconception.key: misconception for misconception in misconceptions()}
SOME_ASKED = ("energy", "broadcast", "pad_embedding", "autoregressive", "mask_or_shift")
SOME_SLIPS = ("columns", "true", "tiny")

IS_IN_VIEW = """place => {
    const box = place.getBoundingClientRect(), room = Math.min(box.height, 300);
    return box.top >= 0 && box.top + room <= innerHeight;
}"""
"""Whether a place is in view: all of it, or its first 300 px if it is taller."""


def arrive(page: Page, at: str) -> Locator:
    """Wait until the place that a link leads to is in view, marked and focused."""
    place = page.locator(f".st-key-at_{at}")
    expect(place).to_be_focused(timeout=30_000)
    expect(place).to_have_css("outline-style", "solid")
    expect(place).to_have_css("outline-width", "4px")
    expect(place).to_have_attribute("role", "group")
    label = place.get_attribute("aria-label") or ""
    assert label.startswith("The link leads here: ")
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(500)
    assert place.evaluate(IS_IN_VIEW)
    return place


def follow_question(page: Page, app_url: str, key: str) -> None:
    """Follow a question's link from the index to its answer, as a reader does."""
    if "/questions" not in page.url:
        index = page.get_by_test_id("stSidebarNavLink").filter(has_text="Questions and answers")
        index.click() if index.count() else page.goto(f"{app_url}/questions")
    asked = page.get_by_test_id("stExpander").filter(has_text=ASKED[key].text.replace("`", ""))
    asked.locator("summary").click()
    asked.get_by_role("link", name="See it there").click()
    assert "answer" in arrive(page, key).evaluate("place => getComputedStyle(place, '::before').content")


def follow_slip(page: Page, app_url: str, key: str) -> None:
    page.goto(f"{app_url}/mistakes?mistake={key}&reveal=1")
    page.get_by_role("link", name="See it on its page").click()
    arrive(page, MISCONCEPTIONS[key].at)


def test_links_lead_to_answers(page, app_url):
    page.set_viewport_size(LAPTOP)
    for key in SOME_ASKED:
        follow_question(page, app_url, key)
    for key in SOME_SLIPS:
        follow_slip(page, app_url, key)


def test_a_question_leads_to_its_answer_while_another_section_is_open_there(page, app_url):
    page.set_viewport_size(LAPTOP)
    page.goto(f"{app_url}/decoding?section=teacher")
    page.get_by_text("What training calls the loss").wait_for()
    follow_question(page, app_url, "sos_alone")


def test_who_scrolls_is_not_pulled_back(page, app_url):
    page.set_viewport_size(LAPTOP)
    page.goto(f"{app_url}/decoding?at=sos_alone")
    place = page.locator(".st-key-at_sos_alone")
    expect(place).to_be_focused(timeout=30_000)
    page.mouse.move(700, 400)
    page.mouse.wheel(0, -1)
    page.get_by_test_id("stMain").evaluate("main => main.scrollTo(0, 0)")
    page.wait_for_timeout(1500)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0
    expect(place).to_have_css("outline-style", "solid")


@pytest.mark.slow
def test_every_question_and_every_mistake_leads_to_its_place(page, app_url):
    page.set_viewport_size(LAPTOP)
    for key in ASKED:
        follow_question(page, app_url, key)
    for key in MISCONCEPTIONS:
        follow_slip(page, app_url, key)
