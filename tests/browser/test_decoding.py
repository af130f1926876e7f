"""The walk in a real browser: steps by keyboard, enlarged heads, tokens pointed at, exports."""

import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import copied_link

CROSS = "cross-attention"


@pytest.fixture
def visit(page, app_url, settled):
    """`visit("input=5+3")` opens the decoding page and waits until its grid is drawn."""

    def go(query: str) -> Page:
        page.goto(f"{app_url}/decoding?{query}")
        at_step(page, 0 if "step=" not in query else int(re.search(r"step=(\d+)", query)[1]))
        return settled(page)

    return go


def at_step(page: Page, step: int) -> None:
    """Wait until the grid's text copy shows this step."""
    expect(page.get_by_test_id("tg-mirror")).to_have_attribute("data-frame", str(step), timeout=30_000)


def press(page: Page, key: str) -> None:
    page.get_by_test_id("tensor-grid").press(key)


def row_of(page: Page, tensor: str, *lead: int) -> list[str]:
    """A row of a drawn tensor, read from the grid's text."""
    start = ",".join(map(str, lead))
    cells = page.locator(f'[data-tensor="{tensor}"] [data-index^="{start},"]')
    return cells.evaluate_all("cells => cells.map(cell => cell.dataset.value)")


def strip(page: Page, number: int):
    """The tokens of a strip: 0 the source, 1 what the decoder reads, 2 what it writes."""
    return page.get_by_test_id("tg-tokens").locator(".strip").nth(number).locator(".token")


def source_weights(page: Page) -> list[str]:
    return strip(page, 0).evaluate_all("tokens => tokens.map(token => token.dataset.weight)")


def enlarge(page: Page, tensor: str, index: str) -> None:
    page.locator(f'[data-tensor="{tensor}"] [data-index="{index}"]').dispatch_event("click")
    expect(page.get_by_test_id("tg-unlock")).to_be_visible()


@pytest.mark.parametrize("query", ["section=walk", "section=cache&lang=zh"])
def test_the_picture_does_not_move_at_a_step(visit, page, query):
    page.set_viewport_size({"width": 1280, "height": 620})
    visit(f"presenter=1&{query}")

    def corner() -> tuple[float, float]:
        box = page.locator(".figures canvas").first.bounding_box()
        return box["x"], box["y"]

    corners = []
    for step in range(6):
        at_step(page, step)
        corners.append(corner())
        press(page, "ArrowRight")
    assert len(set(corners)) == 1


def test_the_walk_by_keyboard(visit):
    page = visit("input=9+9+8+1&show=all")
    frame = page.get_by_test_id("tg-frame")
    for key, step in [("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 4), ("Home", 0)]:
        press(page, key)
        expect(frame).to_have_attribute("data-frame", str(step))
    expect(strip(page, 1)).to_have_text(["SOS"])
    press(page, "End")
    expect(strip(page, 1)).to_have_text(["SOS", "1", "8", "9", "9"])
    expect(strip(page, 2)).to_have_text(["1", "8", "9", "9", "EOS"])
    press(page, "Home")
    press(page, " ")
    expect(page.get_by_test_id("tg-play")).to_have_attribute("data-playing", "true")
    expect(frame).to_have_attribute("data-frame", "4", timeout=15_000)


@pytest.mark.slow
def test_a_locked_head_is_in_the_address_and_comes_back_with_it(visit, context, watch):
    page = visit("input=5+3+9&show=all")
    enlarge(page, CROSS, "2,1,0,0")
    expect(page).to_have_url(re.compile(r"head=decoder\.cross\.2\.1"))
    press(page, "ArrowRight")
    expect(page).to_have_url(re.compile(r"step=1"))
    elsewhere = watch(context.new_page())
    elsewhere.goto(page.url)
    at_step(elsewhere, 1)
    expect(elsewhere.get_by_test_id("tg-unlock")).to_be_visible()
    assert row_of(elsewhere, CROSS, 2, 1, 1) == row_of(page, CROSS, 2, 1, 1) != []
    assert row_of(elsewhere, CROSS, 2, 0, 1) == []
    press(page, "Escape")
    expect(page).not_to_have_url(re.compile("head="))


@pytest.mark.slow
def test_a_copied_link_reproduces_strategy_step_and_locked_head(visit, context, watch):
    page = visit("input=5+3+9+1&choice=sample&temperature=3.0&seed=4")
    press(page, "ArrowRight")
    press(page, "ArrowRight")
    at_step(page, 2)
    enlarge(page, CROSS, "1,3,2,0")
    expect(page).to_have_url(re.compile(r"step=2.*head=decoder\.cross\.1\.3"))
    link = copied_link(page, "step=2", "head=decoder.cross.1.3")
    assert parse_qs(urlparse(link).query) == {
        "input": ["5 3 9 1"],
        "choice": ["sample"],
        "temperature": ["3.0"],
        "seed": ["4"],
        "step": ["2"],
        "head": ["decoder.cross.1.3"],
    }
    elsewhere = watch(context.new_page())
    elsewhere.goto(link)
    at_step(elsewhere, 2)
    expect(strip(elsewhere, 2)).to_have_text(strip(page, 2).all_inner_texts())
    assert row_of(elsewhere, CROSS, 1, 3, 2) == row_of(page, CROSS, 1, 3, 2) != []


def test_a_written_token_colours_the_source_by_where_its_query_looked(visit):
    page = visit("input=7+2+8&step=3")
    newest = row_of(page, f"{CROSS}, average", 2, 0, 3)
    assert source_weights(page) == newest
    assert sum(map(float, newest)) == pytest.approx(1, abs=5e-3)
    second = strip(page, 2).nth(1)
    second.hover()
    expect(second).to_have_class(re.compile("pointed"))
    expect(page.get_by_test_id("tg-link")).to_contain_text("query ‘2’")
    assert source_weights(page) == row_of(page, f"{CROSS}, average", 2, 0, 1) != newest
    page.mouse.move(5, 5)
    assert source_weights(page) == newest
    strip(page, 2).first.focus()
    assert source_weights(page) == row_of(page, f"{CROSS}, average", 2, 0, 0)
    enlarge(page, CROSS, "2,1,0,0")
    strip(page, 2).nth(1).hover()
    expect(page.get_by_test_id("tg-link")).to_contain_text("head 1")
    assert source_weights(page) == row_of(page, CROSS, 2, 1, 1)


def test_padding_is_hatched_in_the_source_that_is_coloured(visit):
    page = visit("input=7%0A2+8+4&sequence=0")
    expect(strip(page, 0)).to_have_text(["SOS", "7", "EOS", "PAD", "PAD"])
    expect(page.get_by_test_id("tg-tokens").locator(".token.hatched")).to_have_text(["PAD", "PAD"])
    assert source_weights(page)[-2:] == ["0", "0"]
    press(page, "End")
    expect(strip(page, 3)).to_have_text(["SOS", "7", "EOS", "PAD", "PAD"])
    expect(strip(page, 4)).to_have_text(["SOS", "2", "4", "8", "EOS"])


def test_reset_leads_back_to_the_first_step_with_no_head_enlarged(visit):
    page = visit("input=5+3+9+1+1")
    press(page, "ArrowRight")
    expect(page).to_have_url(re.compile("step=1"))
    at_step(page, 1)
    enlarge(page, CROSS, "0,0,0,0")
    expect(page).to_have_url(re.compile("head="))
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-frame", "0")
    expect(page.get_by_test_id("tg-unlock")).to_be_hidden()


def test_the_exported_page_works_offline(visit, browser, tmp_path):
    page = visit("input=7+2+8&show=all&step=1&head=decoder.cross.2.1")
    page.get_by_text("Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="This view as a page").click()
    file = Path(tmp_path / "decoding.html")
    download.value.save_as(file)
    context = browser.new_context(offline=True)
    offline, asked, problems = context.new_page(), [], []
    offline.on("request", lambda request: asked.append(request.url))
    offline.on("pageerror", lambda error: problems.append(str(error)))
    offline.goto(file.as_uri())
    at_step(offline, 1)
    expect(offline.get_by_test_id("tg-unlock")).to_be_visible()
    assert row_of(offline, CROSS, 2, 1, 1) == row_of(page, CROSS, 2, 1, 1) != []
    press(offline, "ArrowRight")
    at_step(offline, 2)
    box = offline.locator(f'[data-figure="{CROSS}"] canvas.over').bounding_box()
    offline.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    expect(offline.get_by_test_id("tg-readout")).to_contain_text(f"{CROSS}[2, 1,")
    strip(offline, 2).first.hover()
    assert source_weights(offline) == row_of(offline, CROSS, 2, 1, 0)
    assert (asked, problems) == ([file.as_uri()], [])
    context.close()


def test_another_section_is_taken_along_at_the_step_on_screen(page, app_url, browser, tmp_path):
    page.goto(f"{app_url}/decoding?section=what_if&changes=token.1.9&step=2")
    at_step(page, 2)
    page.get_by_text("Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="This view as a page").click()
    assert download.value.suggested_filename == "decoding-what-if.html"
    file = Path(tmp_path / "what-if.html")
    download.value.save_as(file)
    with page.expect_download() as download:
        page.get_by_role("button", name="Trace of step 3 (.npz)").click()
    assert "altered.decoder.0.cross_attention.weights" in np.load(download.value.path())
    context = browser.new_context(offline=True)
    offline = context.new_page()
    offline.goto(file.as_uri())
    at_step(offline, 2)
    for tensor in ("original", "altered"):
        assert row_of(offline, tensor, 2, 1, 2) == row_of(page, tensor, 2, 1, 2) != []
    context.close()


def test_the_picture_shows_what_the_page_shows(visit):
    page = visit("input=7+2+8&show=all")
    frame = page.get_by_test_id("tg-frame").bounding_box()
    with page.expect_download() as download:
        page.get_by_test_id("tg-image").click()
    assert download.value.suggested_filename.endswith("-1.png")
    image = Image.open(io.BytesIO(Path(download.value.path()).read_bytes())).convert("RGB")
    assert image.width == pytest.approx(2 * (frame["width"] + 32), abs=3)
    assert image.height == pytest.approx(2 * (frame["height"] + 32), abs=3)
    title = page.get_by_test_id("tg-frame").locator(".title").bounding_box()
    strip_box = page.get_by_test_id("tg-tokens").bounding_box()
    stage = page.locator(".figures").bounding_box()
    for part in (title, strip_box, stage):
        left, top = (part["x"] - frame["x"] + 16) * 2, (part["y"] - frame["y"] + 16) * 2
        cut = image.crop((left, top, left + 2 * part["width"], top + 2 * part["height"]))
        assert len(cut.getcolors(1 << 24)) > 8


def test_the_picture_holds_what_could_be_scrolled_to(visit):
    page = visit("input=7+2+8+7+2+8+7+2+8+7+2+8+7+2+8+7&step=16&presenter=1")
    page.set_viewport_size({"width": 760, "height": 900})
    strips = page.get_by_test_id("tg-tokens")
    page.wait_for_function("node => node.scrollWidth > node.clientWidth + 20", arg=strips.element_handle())
    strips.evaluate("node => (node.scrollLeft = 20)")
    hidden = strips.evaluate("node => node.scrollWidth - node.clientWidth")
    frame = page.get_by_test_id("tg-frame").bounding_box()
    with page.expect_download() as download:
        page.keyboard.press("s")  # in presenter size there is no room for the button
    image = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert image.width == pytest.approx(2 * (frame["width"] + hidden + 32), abs=4)
    assert strips.evaluate("node => node.scrollLeft") == 20
    assert page.get_by_test_id("tg-frame").bounding_box()["width"] == frame["width"]


def test_another_task_can_be_chosen_on_the_page(visit):
    page = visit("input=5+3+9")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("combobox", name="Model", exact=True).click()
    page.get_by_role("option", name="reverse digits").click()
    expect(page).to_have_url(re.compile("model=reverse"))
    page.keyboard.press("Escape")
    press(page, "End")
    expect(strip(page, 2)).to_have_text(["9", "3", "5", "EOS"], timeout=30_000)


def test_a_suggestion_sets_the_page_and_leads_back_to_the_stage(visit):
    page = visit("input=5+3+9")
    page.get_by_role("button", name="Digits that repeat").click()
    expect(page).to_have_url(re.compile(r"input=9\+9\+8\+1"), timeout=30_000)
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")
