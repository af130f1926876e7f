"""The address follows what is shown, and the browser's history leads back."""

import re

from playwright.sync_api import expect

from tests.browser.test_pages import visit  # noqa: F401 (a fixture)


def test_back_leads_to_the_view_before(visit):  # noqa: F811
    page = visit("broadcasting?mask=causal")
    page.get_by_role("radio", name="1e-20").click()
    expect(page).to_have_url(re.compile("fill=1e-20"))
    page.go_back()
    expect(page.get_by_role("radio", name="-inf")).to_have_attribute("aria-checked", "true")
    expect(page.get_by_role("radio", name="causal")).to_have_attribute("aria-checked", "true")


def test_quick_clicks_are_all_kept(visit):  # noqa: F811
    page = visit("laboratory")
    expect(page.locator('[data-tensor="mask"] [data-index]').first).to_be_attached()
    clicks = [(row, column) for row in range(6) for column in (1, 3)]
    for row, column in clicks:
        page.locator(f'[data-tensor="mask"] [data-index="0,{row},{column}"]').dispatch_event("click")
        page.wait_for_timeout(150 + 97 * (row % 4))
    expect(page.get_by_test_id("tg-caption").first).to_contain_text("12 of 84")
