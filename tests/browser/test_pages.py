"""The pages in a real browser: what is drawn, and that links restore it."""

import re

import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.conftest import copied_link
from transformer.experiments import notes


@pytest.fixture
def visit(page, app_url, settled):
    """`visit("decoding?input=5+3")` opens a page of the app and waits until its script has finished."""

    def go(path: str) -> Page:
        page.goto(f"{app_url}/{path}")
        page.get_by_role("heading", level=1).wait_for()
        return settled(page)

    return go


def mirrored(page: Page, tensor: str, shape: tuple[int, ...]) -> torch.Tensor:
    """A drawn tensor's numbers, read from the grid's text copy."""
    cells = page.locator(f'[data-tensor="{tensor}"] [data-index]')
    expect(cells).to_have_count(int(torch.tensor(shape).prod()))
    values = cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")
    return torch.tensor([float(value.replace("−∞", "-inf")) for value in values]).view(shape)


def at_frame(page: Page, number: int) -> Page:
    """Wait until the grid's text copy shows this frame."""
    expect(page.get_by_test_id("tg-mirror")).to_have_attribute("data-frame", str(number))
    return page


DIALOGS_SEEN = """
    window.dialogsSeen = 0;
    new MutationObserver(() => (window.dialogsSeen += document.querySelectorAll("[role=dialog]").length))
        .observe(document, { childList: true, subtree: true });
"""


def test_the_first_visitor_of_a_server_may_come_by_any_address(browser, serve, tmp_path):
    url = serve("app.py", RUNS_FOLDER=str(tmp_path))
    page = browser.new_page()
    page.add_init_script(DIALOGS_SEEN)
    page.goto(f"{url}/broadcasting")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mask broadcasting", timeout=60_000)
    assert page.evaluate("window.dialogsSeen") == 0, "not even for a moment"
    page.close()


@pytest.mark.parametrize(("mask", "steps"), [("padding", 7), ("causal", 6)])
def test_the_animation_of_the_notes_from_first_to_last_step(visit, mask, steps):
    page = visit(f"broadcasting?mask={mask}")
    keep = notes.KEEP[:, None, None, :] if mask == "padding" else torch.ones(5, 5, dtype=torch.bool).tril()
    keep = keep.expand(2, 2, 5, 5)
    for step in range(steps):
        at_frame(page, step)
        if step < steps - 1:
            page.get_by_test_id("tg-next").click()
    weights = mirrored(page, "weights", (2, 2, 5, 5))
    expected = notes.SCORES.double().masked_fill(~keep, float("-inf")).softmax(-1)
    assert torch.allclose(weights.double(), expected, rtol=2e-3, atol=1e-6)
    page.get_by_test_id("tg-prev").click()
    masked = mirrored(at_frame(page, steps - 2), "masked_energy", (2, 2, 5, 5))
    assert torch.equal(masked.isinf(), ~keep)
    assert torch.equal(masked[keep], notes.SCORES.float()[keep])


def test_pointing_at_a_cell_tells_what_it_was_read_from(visit):
    page = visit("broadcasting")
    page.get_by_test_id("tg-last").click()
    at_frame(page, 6)
    page.get_by_test_id("tg-prev").click()
    at_frame(page, 5)
    page.locator('[data-tensor="masked_energy"] [data-index="1,0,2,3"]').dispatch_event("mouseover")
    expect(page.get_by_test_id("tg-readout")).to_contain_text("mask[1, 0, 0, 3]")


def test_the_walk_ends_in_the_sorted_digits(visit):
    page = visit("decoding?input=9+9+8+1&show=decoder.cross")
    written = []
    for step in range(5):
        at_frame(page, step)
        written.append(page.get_by_test_id("tg-frame").get_attribute("data-title").split(": ")[1])
        page.get_by_test_id("tg-next").click()
    assert written == ["1", "8", "9", "9", "EOS"]
    expect(page.get_by_test_id("tg-caption")).to_contain_text("The answer is right")


def test_every_weight_row_on_screen_sums_to_one(visit):
    page = visit("decoding?input=3+1+2&show=decoder.cross")
    page.get_by_test_id("tg-last").click()
    at_frame(page, 3)
    weights = mirrored(page, "cross-attention", (3, 4, 4, 5))
    assert torch.allclose(weights.sum(-1), torch.ones(3, 4, 4), atol=5e-3)


def test_a_link_brings_back_the_view(visit, browser, settled):
    page = visit("broadcasting")
    page.get_by_role("radio", name="causal").click()
    page.get_by_role("radio", name="1e-20").click()
    expect(page).to_have_url(re.compile("mask=causal.*fill=1e-20"))
    link = copied_link(page, "mask=causal", "fill=1e-20")
    elsewhere = browser.new_context().new_page()
    elsewhere.goto(link)
    elsewhere.get_by_role("heading", level=1).wait_for()
    settled(elsewhere)
    expect(elsewhere.get_by_role("radio", name="causal")).to_have_attribute("aria-checked", "true")
    expect(elsewhere.get_by_role("radio", name="1e-20")).to_have_attribute("aria-checked", "true")
    elsewhere.context.close()


@pytest.mark.slow
def test_a_setting_survives_a_visit_to_another_page(visit):
    page = visit("decoding?input=4+2")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Positional encoding").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Positional encoding")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Decoding").click()
    expect(page.get_by_role("textbox", name="Input")).to_have_value("4 2")


def test_the_language_switch_changes_page_and_navigation(visit):
    page = visit("broadcasting")
    page.get_by_role("radio", name="中文").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Mask broadcasting")
    expect(page.get_by_test_id("stSidebarNav")).not_to_contain_text("Mask broadcasting")


def test_what_streamlit_says_beside_a_field_is_in_the_pages_language(visit):
    page = visit("decoding?lang=zh&input=4+2")
    page.get_by_role("textbox").first.fill("4 2 1")
    hint = page.get_by_test_id("InputInstructions").locator("span").first
    expect(hint).to_have_text("Press Ctrl+Enter to apply")  # Streamlit's own hint, which takes no room
    expect(hint).to_have_css("font-size", "0px")
    assert "确认" in hint.evaluate("node => getComputedStyle(node, '::after').content")
    page = visit("training?lang=zh&train_task=pairs")
    button = page.get_by_test_id("stFileUploaderDropzone").first.get_by_text("Upload", exact=True)
    expect(button).to_have_css("font-size", "0px", timeout=60_000)
    assert "上传" in button.evaluate("node => getComputedStyle(node, '::after').content")


@pytest.mark.slow
def test_the_charts_of_the_frequencies_are_drawn(visit):
    page = visit("encoding?dim=8&pe_section=likeness")
    page.set_viewport_size({"width": 1280, "height": 2400})  # a chart is drawn when it comes into view
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(3, timeout=30_000)


def test_the_list_of_statements_goes_on_after_a_judgement_has_marked_it(visit):
    page = visit("mistakes")
    chosen = page.locator("[class*=st-key-judgement] [aria-checked=true]")
    page.locator("[class*=st-key-judgement] [role=radio]").nth(1).click()
    expect(chosen).to_have_count(1)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Judged rightly")).to_contain_text("of 1")
    page.locator(".st-key-next_beside button").click()
    expect(page).to_have_url(re.compile("mistake="))
    expect(page.get_by_text("Statement 2 of").first).to_be_visible()
    expect(chosen).to_have_count(0)
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.get_by_text("Statement 1 of").first).to_be_visible()
    expect(chosen).to_have_count(1)
    expect(page.get_by_test_id("stException")).to_have_count(0)
