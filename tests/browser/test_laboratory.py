"""The mask laboratory in a browser: clicks change the mask, tables agree with torch, links restore it."""

import re

import pytest
import torch
from playwright.sync_api import Page, expect

from tests.browser.conftest import copied_link
from tests.browser.test_pages import mirrored, visit  # noqa: F401
from transformer import Trace, shipped_checkpoint
from transformer.experiments.torch_masks import DTYPES, FILLS
from transformer.tasks import pad_batch

WAIT = 30_000
"""Timeout in milliseconds for the response to a click, on a machine that is busy with other tests."""

SENTENCES = ["5 3 9 1 1", "7 2 8"]


def answers(page: Page) -> list[str]:
    """The token strips of each sentence: under the model's own mask, and now."""
    strips = page.get_by_test_id("tg-tokens").filter(has_text="0: own").first
    return strips.inner_text().split("\n")


def click_cell(page: Page, tensor: str, index: str) -> None:
    page.locator(f'[data-tensor="{tensor}"] [data-index="{index}"]').dispatch_event("click")


def mask_values(page: Page) -> list[str]:
    cells = page.locator('[data-tensor="mask"] [data-index]')
    expect(cells).to_have_count(98)
    return cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")


def blind(page: Page, column: int) -> None:
    """Click the six cells of one column of the first sentence."""
    for row in range(6):
        cell = page.locator(f'[data-tensor="mask"] [data-index="0,0,{row},{column}"]')
        click_cell(page, "mask", f"0,0,{row},{column}")
        expect(cell).to_have_attribute("data-value", "False", timeout=WAIT)


@pytest.fixture
def laboratory(visit):  # noqa: F811
    def go(query: str = "") -> Page:
        page = visit(f"laboratory?{query}")
        expect(page.locator('[data-tensor="mask"]')).to_have_count(1)
        return page

    return go


def test_a_clicked_cell_changes_what_the_model_writes(laboratory):
    page = laboratory()
    before = answers(page)
    click_cell(page, "mask", "0,0,0,4")
    click_cell(page, "mask", "0,0,0,5")
    expect(page.locator('[data-tensor="weights"] [data-index="0,0,0,5"]')).to_have_attribute(
        "data-masked", "true", timeout=WAIT
    )
    blind(page, 3)
    expect(page.get_by_test_id("tg-tokens").filter(has_text="was 9")).to_have_count(1, timeout=WAIT)
    assert answers(page) != before
    expect(page).to_have_url(re.compile("lab_cells="))
    expect(page.locator('[data-tensor="weights"] [data-index="0,0,5,3"]')).to_have_attribute(
        "data-masked", "true", timeout=WAIT
    )
    weights = mirrored(page, "weights", (2, 1, 6, 7))
    assert not weights[0, 0, :, 3].any()
    assert torch.allclose(weights.sum(-1), torch.ones(2, 1, 6), atol=5e-3)


def test_undo_takes_a_click_back(laboratory):
    page = laboratory()
    cell = page.locator('[data-tensor="mask"] [data-index="0,0,0,4"]')
    click_cell(page, "weights", "0,0,0,4")
    expect(cell).to_have_attribute("data-value", "False", timeout=WAIT)
    page.get_by_role("button", name="Undo").click()
    expect(cell).to_have_attribute("data-value", "True", timeout=WAIT)
    page.get_by_role("button", name="Redo").click()
    expect(cell).to_have_attribute("data-value", "False", timeout=WAIT)


@pytest.mark.slow
def test_a_copied_link_brings_back_the_edited_mask(laboratory, browser, settled):
    page = laboratory("lab_attention=encoder")
    click_cell(page, "mask", "1,0,2,5")
    expect(page.locator('[data-tensor="mask"] [data-index="1,0,2,5"]')).to_have_attribute(
        "data-value", "True", timeout=WAIT
    )
    energy = mirrored(page, "energy", (2, 1, 7, 7))
    page.get_by_role("radio", name="Conventions").click()
    expect(page.get_by_role("heading", name="Does True keep or drop?")).to_be_visible()
    settled(page)
    mask = mask_values(page)
    link = copied_link(page, "lab_attention=encoder", "lab_cells=", "lab_section=conventions")
    elsewhere = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    elsewhere.goto(link)
    elsewhere.get_by_role("heading", level=1).wait_for()
    settled(elsewhere)
    expect(elsewhere.get_by_role("heading", name="Does True keep or drop?")).to_be_visible()
    assert mask_values(elsewhere) == mask
    elsewhere.get_by_role("radio", name="Effect").click()
    assert torch.equal(mirrored(elsewhere, "energy", (2, 1, 7, 7)), energy)
    elsewhere.context.close()


def scores() -> tuple[torch.Tensor, torch.Tensor]:
    """The row that the table is about, computed here: the second sentence's SOS in layer 0, head 0."""
    checkpoint = shipped_checkpoint("sort")
    task = checkpoint.task
    src = pad_batch([task.encode(text) for text in SENTENCES])
    trg = pad_batch([task.answer(row) for row in src.tolist()])[:, :-1]
    trace = Trace()
    with torch.inference_mode():
        checkpoint.model(src, trg, trace=trace)
    return trace["decoder.0.cross_attention.energy"][1, 0, 0], src[1] == 0


def cell_text(energy: torch.Tensor, forbidden: torch.Tensor, fill: str, dtype: torch.dtype) -> str:
    """The text that a cell of the table must have."""
    value = torch.finfo(dtype).min if fill == "finfo.min" else float(fill)
    try:
        weights = energy.to(dtype).masked_fill(forbidden, value).softmax(-1).float()
    except RuntimeError:
        return "raises"
    if weights.isnan().any():
        return "NaN"
    return f"{float(weights[forbidden].sum()):.3g} / {float(weights.sum()):.4g}"


@pytest.mark.parametrize("table", [0, 1])
def test_every_row_of_the_fill_value_table(laboratory, table):
    page = laboratory("lab_section=fill")
    energy, forbidden = scores()
    if table == 1:
        forbidden = torch.ones_like(forbidden)
    rows = page.get_by_test_id("stTable").nth(table).locator("tbody tr")
    expect(rows).to_have_count(len(FILLS))
    for row, fill in zip(rows.all(), FILLS, strict=True):
        cells = [text.strip() for text in row.locator("td").all_inner_texts()]
        assert cells == [fill, *(cell_text(energy, forbidden, fill, dtype) for dtype in DTYPES.values())]
    expect(page.get_by_test_id("stCode").filter(has_text="overflow")).to_contain_text("-1e20, -1e9")


def test_the_wrong_polarity_looks_at_what_it_must_not(laboratory):
    page = laboratory("lab_attention=encoder&lab_layer=0&lab_head=1")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_text("I got the polarity wrong", exact=True).click()
    expect(page.locator('[data-tensor="mask"] [data-index="1,0,0,6"]')).to_have_attribute(
        "data-value", "True", timeout=WAIT
    )
    said = "0.5 of a row's weight on average, 1 at most"
    expect(page.get_by_test_id("tg-caption").filter(has_text=said)).to_be_visible()
    weights = mirrored(page, "weights", (2, 1, 7, 7))
    assert not weights[1, 0, :, :5].any()
    assert torch.allclose(weights[1, 0, :, 5:].sum(-1), torch.ones(7), atol=5e-3)


def test_masked_rows_and_a_plain_softmax_show_nan(laboratory):
    page = laboratory("lab_attention=encoder&lab_section=padding")
    row = page.locator('[data-tensor="rows too, plain softmax"] [data-index="1,0,6,0"]')
    expect(row).to_have_attribute("data-value", "NaN", timeout=WAIT)
    expect(page.get_by_test_id("stTable")).to_contain_text("columns only")
