"""The broadcasting page in a real browser: the notes' numbers, read from the grid step by step."""

import pytest
import torch
from playwright.sync_api import expect

from tests.browser.test_pages import at_frame, mirrored, visit  # noqa: F401
from transformer.experiments import notes


def booleans(page, tensor, shape):
    cells = page.locator(f'[data-tensor="{tensor}"] [data-index]')
    expect(cells).to_have_count(int(torch.tensor(shape).prod()))
    values = cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")
    return torch.tensor([value == "True" for value in values]).view(shape)


@pytest.mark.parametrize("mask", ["padding", "causal"])
def test_every_step_of_the_notes_masks_can_be_read_off(visit, mask):  # noqa: F811
    page = visit(f"broadcasting?mask={mask}&lang=en")
    triangle = torch.ones(5, 5, dtype=torch.bool).tril().expand(2, 1, 5, 5)
    stored = notes.KEEP[:, None, None, :] if mask == "padding" else triangle
    expect(page.get_by_test_id("tg-tokens")).to_contain_text("stretched")
    at_frame(page, 0)
    assert torch.equal(mirrored(page, "energy", (2, 2, 5, 5)), notes.SCORES.float())
    names = ["mask", "over_queries", "over_heads"] if mask == "padding" else ["mask", "over_heads"]
    shapes = {"mask": tuple(stored.shape), "over_queries": (2, 1, 5, 5), "over_heads": (2, 2, 5, 5)}
    for step, name in enumerate(names, start=1):
        page.get_by_test_id("tg-next").click()
        at_frame(page, step)
        assert torch.equal(booleans(page, name, shapes[name]), stored.expand(shapes[name]))
    expect(page.get_by_test_id("tg-facts")).to_contain_text("repeat: 100")
    page.get_by_test_id("tg-next").click()
    at_frame(page, len(names) + 1)
    cells = page.locator('[data-tensor="energy"] [data-masked="true"]')
    expect(cells).to_have_count(int((~stored.expand(2, 2, 5, 5)).sum()))
    page.get_by_test_id("tg-next").click()
    at_frame(page, len(names) + 2)
    expect(page.get_by_test_id("tg-code")).to_contain_text("energy.float().masked_fill(~mask")


def point(page, tensor, index):
    page.locator(f'[data-tensor="{tensor}"] [data-index="{index}"]').dispatch_event("mouseover")
    return page.get_by_test_id("tg-readout")


@pytest.mark.parametrize(
    ("path", "step", "tensor", "index", "read"),
    [
        ("mask=padding", 3, "over_heads", "1,0,4,3", "mask[1, 0, 0, 3]"),
        ("from=sum", 3, "total", "1,2,0", "codes[0, 2, 0]"),
        ("from=product", 1, "y[:4]", "0,2,3", "x[:4][0, 2, :]"),
        ("from=product", 1, "y[:4]", "0,2,3", "weight[:, 3]"),
        ("from=pytorch&argument=attn_mask_3d", 2, "mask", "3,1,2,0", "attn_mask[7, 2, 0]"),
        ("from=shapes", 3, "result", "1,1,2,4", "a[1, 0, 0, 4] = 9"),
        ("from=broken&case=once", 0, "wrong result", "0,1,2,3", "mask[1, 0, 3]"),
    ],
)
def test_a_cell_tells_what_it_was_read_from(visit, path, step, tensor, index, read):  # noqa: F811
    page = visit(f"broadcasting?lang=en&{path}&mask_step={step}")
    at_frame(page, step)
    expect(point(page, tensor, index)).to_contain_text(read)


def test_a_sum_of_typed_shapes_can_be_read_digit_by_digit(visit):  # noqa: F811
    page = visit("broadcasting?lang=en&from=shapes&a=40+40+1&b=30&mask_step=9")
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-title", "a + b")
    expect(point(page, "result", "0,3,2")).to_contain_text("30003")


def test_a_silent_mistake_is_set_beside_the_right_result(visit):  # noqa: F811
    page = visit("broadcasting?lang=en&from=broken&case=write&mask_step=1")
    at_frame(page, 1)
    differs = booleans(page, "differs", (2, 2, 5, 5))
    assert differs.sum() == 9
    assert differs[0, :, :, 0].sum() == 9
    expect(page.get_by_test_id("stAlertContentError")).to_contain_text("9 of 100 cells")


def test_the_step_is_part_of_the_address(visit):  # noqa: F811
    page = visit("broadcasting?lang=en")
    page.get_by_test_id("tg-last").click()
    page.wait_for_url("**mask_step=6**")
