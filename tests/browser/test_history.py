"""The address follows what is shown, and the browser's history leads back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import slow_but
from tests.browser.test_pages import visit  # noqa: F401 (a fixture)


def test_back_leads_to_the_view_before(visit):  # noqa: F811
    page = visit("broadcasting?mask=causal")
    page.get_by_role("radio", name="1e-20").click()
    expect(page).to_have_url(re.compile("fill=1e-20"))
    page.go_back()
    expect(page.get_by_role("radio", name="-inf")).to_have_attribute("aria-checked", "true")
    expect(page.get_by_role("radio", name="causal")).to_have_attribute("aria-checked", "true")


def test_quick_clicks_are_all_kept(visit):  # noqa: F811
    page = visit("laboratory?lab_section=fill")
    expect(page.locator('[data-tensor="mask"] [data-index]').first).to_be_attached()
    clicks = [(row, column) for row in range(6) for column in (1, 3)]
    for row, column in clicks:
        page.locator(f'[data-tensor="mask"] [data-index="0,{row},{column}"]').dispatch_event("click")
        page.wait_for_timeout(150 + 97 * (row % 4))
    expect(page.get_by_test_id("tg-caption").filter(has_text="12 of 84")).to_be_visible()


def by_the_sidebar(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()


def by_a_question(page: Page, title: str) -> None:
    by_the_sidebar(page, "Questions and answers")
    asked = page.get_by_test_id("stExpander").filter(has_text="What do the four lines of a forward pass do?")
    asked.locator("summary").click()
    asked.get_by_role("link", name="See it there").click()


CHANGES = {
    "laboratory": ("", by_the_sidebar, "Mask laboratory", "decoder self", "lab_attention=self"),
    "broadcasting": ("model=reverse", by_the_sidebar, "Mask broadcasting", "1e-20", "fill=1e-20"),
    "decoding": ("", by_the_sidebar, "Decoding", "encoder self", "show=encoder.self"),
    "encoding": ("model=reverse", by_the_sidebar, "Positional encoding", "Why this form", "pe_section=why"),
    "inside": ("model=reverse", by_a_question, "Inside the model", "The batch axis", "inside=batch"),
}
"""For each page: a setting of all pages, which is in every address; how the page is reached from Home; its
heading; a choice on it; and what the address contains after that choice."""


@pytest.mark.parametrize("which", slow_but({"laboratory", "inside"}, CHANGES))
def test_the_first_change_is_in_the_address_by_whatever_way_one_came(visit, which):  # noqa: F811
    shared, come, heading, choice, said = CHANGES[which]
    page = visit(f"?{shared}")
    come(page, heading)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    expect(page).to_have_url(re.compile(shared or "/"))
    expect(page.get_by_role("radio", name=choice, exact=True)).to_have_attribute("aria-checked", "false")
    page.get_by_role("radio", name=choice, exact=True).click()
    expect(page).to_have_url(re.compile(said))
    page.reload()
    expect(page.get_by_role("radio", name=choice, exact=True)).to_have_attribute("aria-checked", "true")
    page.go_back()
    expect(page.get_by_role("radio", name=choice, exact=True)).to_have_attribute("aria-checked", "false")
    expect(page).to_have_url(re.compile(shared or "/"))
