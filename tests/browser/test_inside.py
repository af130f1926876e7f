"""Inside the model in a real browser: opening parts on the map, and the arithmetic of a cell."""

import re

from playwright.sync_api import Page, expect


def open_inside(page: Page, app_url: str, settled, query: str) -> Page:
    page.goto(f"{app_url}/inside?{query}")
    page.get_by_role("heading", level=1).wait_for()
    return settled(page)


def test_a_box_of_the_map_opens_its_part_and_the_address_names_it(page, app_url, settled):
    open_inside(page, app_url, settled, "part=src")
    page.locator('[data-part="encoder.0.self_attention"]').click()
    expect(page.get_by_role("heading", name="Encoder: self-attention")).to_be_visible()
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-frame", "0")
    page.wait_for_url(re.compile(r"part=encoder\.0\.self_attention"))
    expect(page.locator('[data-part="encoder.0.self_attention"]')).to_have_attribute("aria-current", "true")


def test_the_arithmetic_of_a_cell_adds_up_to_the_cell(page, app_url, settled):
    open_inside(page, app_url, settled, "part=encoder.position")
    expect(page.get_by_test_id("tg-mirror")).to_have_attribute("data-frame", "0")
    for index in ("0,1,2", "1,4,7"):
        cell = page.locator(f'[data-tensor="total"] [data-index="{index}"]')
        cell.dispatch_event("mouseover")
        formula = page.locator(".formula")
        expect(formula).to_contain_text("+")
        terms = formula.inner_text().lstrip("= ").replace("−", "-").replace("(", "").replace(")", "")
        total = sum(float(term) for term in terms.split(" + "))
        assert (
            abs(total - float(cell.get_attribute("data-value").replace("−", "-"))) <= 0.0061
        )  # values are sent with three digits


def test_a_product_is_written_out_with_the_numbers_of_both_sides(page, app_url, settled):
    open_inside(page, app_url, settled, "part=encoder.0.self_attention&part_step=5")
    expect(page.get_by_test_id("tg-mirror")).to_have_attribute("data-frame", "5")
    page.locator('[data-tensor="scores"] [data-index="0,1,2,3"]').dispatch_event("mouseover")
    formula = page.locator(".formula")
    expect(formula).to_contain_text("(16 terms)")
    first = page.locator('[data-tensor="q"] [data-index="0,1,2,0"]').get_attribute("data-value")
    other = page.locator('[data-tensor="k"] [data-index="0,1,3,0"]').get_attribute("data-value")
    start = formula.inner_text().lstrip("= ").split(" + ")[0].replace("(", "").replace(")", "")
    assert [part.replace("−", "-") for part in start.split("×")] == [
        number.replace("−", "-") for number in (first, other)
    ]
