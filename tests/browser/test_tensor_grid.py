"""The tensor grid in a real browser: stepping, pointing, enlarging, editing, both themes."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import slow_but

DEMO = Path(__file__).parent / "apps" / "tensor_grid_demo.py"
PLAYED_MILLISECONDS = 15_000


@pytest.fixture
def show(page: Page, serve: Callable[..., str], settled: Callable[[Page], Page]) -> Callable[[str], Page]:
    """`show(name)` opens one of the demo's grids and waits until it is drawn."""

    def visit(name: str) -> Page:
        page.goto(f"{serve(DEMO)}/?show={name}")
        settled(page)
        mirrored(page, 0)
        return page

    return visit


def mirrored(page: Page, frame: int) -> None:
    """Wait until the text copy is that of `frame`."""
    expect(page.get_by_test_id("tg-mirror")).to_have_attribute("data-frame", str(frame))


def cell(page: Page, tensor: str, index: str) -> Locator:
    return page.locator(f'[data-tensor="{tensor}"] [data-index="{index}"]')


def panel_box(page: Page, tensor: str) -> dict[str, float]:
    box = page.locator(f'[data-figure="{tensor}"] canvas.over').bounding_box()
    assert box
    return box


FIND = """(canvas, start) => {
    const box = canvas.getBoundingClientRect();
    const readout = canvas.getRootNode().querySelector("[data-testid=tg-readout]");
    for (let y = box.top + 8; y < box.bottom; y += 14)
        for (let x = box.left + 8; x < box.right; x += 14) {
            canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: x, clientY: y, bubbles: true }));
            if (readout.innerText.startsWith(start)) return [x, y];
        }
    return null;
}"""
"""The first point where the readout begins with `start`; hundreds of moves are faster in the browser."""


def point_until(page: Page, tensor: str, start: str, press: bool = False) -> tuple[float, float]:
    """Move the mouse to where the readout of `tensor` begins with `start`; returns that point."""
    found = page.locator(f'[data-figure="{tensor}"] canvas.over').evaluate(FIND, start)
    assert found, f"{start} is nowhere"
    x, y = found
    page.mouse.move(x - 1, y)
    page.mouse.move(x, y)
    expect(page.get_by_test_id("tg-readout")).to_have_text(re.compile("^" + re.escape(start)))
    if press:
        page.mouse.click(x, y)
    return x, y


def test_stepping_changes_the_frame_and_its_text(show):
    page = show("lesson")
    frame = page.get_by_test_id("tg-frame")
    expect(frame).to_have_attribute("data-title", "as stored")
    expect(cell(page, "mask", "0,0,0,3")).to_have_text("False")
    page.get_by_test_id("tg-next").click()
    expect(frame).to_have_attribute("data-frame", "1")
    expect(page.get_by_test_id("tg-caption")).to_have_text("Nothing is copied: stretched axes have stride 0.")
    expect(page.get_by_test_id("tg-facts")).to_contain_text("[5, 0, 0, 1]")
    expect(page.get_by_test_id("tg-code")).to_have_text("mask.expand(2, 2, 5, 5)")
    page.get_by_test_id("tg-last").click()
    expect(frame).to_have_attribute("data-title", "softmax")
    page.get_by_test_id("tg-prev").click()
    expect(frame).to_have_attribute("data-title", "masked_fill")
    page.get_by_test_id("tg-first").click()
    expect(frame).to_have_attribute("data-title", "as stored")


def test_keyboard(show):
    page = show("lesson")
    frame = page.get_by_test_id("tg-frame")
    page.get_by_test_id("tensor-grid").focus()
    for key, at in (("ArrowRight", "1"), ("End", "3"), ("ArrowLeft", "2"), ("Home", "0")):
        page.keyboard.press(key)
        expect(frame).to_have_attribute("data-frame", at)
    page.keyboard.press(" ")
    expect(page.get_by_test_id("tg-play")).to_have_attribute("data-playing", "true")
    page.keyboard.press(" ")
    expect(page.get_by_test_id("tg-play")).to_have_attribute("data-playing", "false")


def test_playing_reaches_the_end_and_stops(show):
    page = show("lesson")
    page.get_by_test_id("tg-speed").select_option("4")
    page.get_by_test_id("tg-play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-frame", "3", timeout=PLAYED_MILLISECONDS)
    expect(page.get_by_test_id("tg-play")).to_have_attribute("data-playing", "false")


def test_the_scrub_bar_goes_anywhere(show):
    page = show("heads")
    page.get_by_test_id("tg-scrub").fill("7")
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-title", "step 7")


def test_hovering_says_what_a_cell_is_and_what_it_was_read_from(show):
    page = show("lesson")
    page.get_by_test_id("tg-last").click()
    mirrored(page, 3)
    point_until(page, "weights", "weights[0, 1, 2, 3]")
    readout = page.get_by_test_id("tg-readout")
    expect(readout).to_contain_text("mask[0, 0, 0, 3] = False")
    expect(readout).to_contain_text("masked scores[0, 1, 2, :]")
    expect(readout).to_contain_text("sentence 0 · head 1 · query ‘EOS’ → key ‘PAD’")
    expect(readout.get_by_text("masked", exact=True)).to_be_visible()
    box = readout.bounding_box()
    page.mouse.move(5, 5)
    expect(readout).to_contain_text("Point at a cell")
    assert readout.bounding_box() == box


def test_special_values_are_words_in_the_mirror(show):
    page = show("glyphs")
    for index, text in (
        ("0,0", "0.5"),
        ("0,2", "+∞"),
        ("0,3", "NaN"),
        ("1,1", "1e-20"),
        ("1,2", "-1000000000"),
    ):
        expect(cell(page, "large", index)).to_have_text(text)
    expect(cell(page, "large", "0,1")).to_have_text("−∞ masked")
    expect(cell(page, "large", "1,0")).to_have_text("-0.25 masked")
    expect(cell(page, "large", "1,0")).to_have_attribute("data-masked", "true")


def test_a_click_enlarges_a_panel_and_escape_lets_it_go(show):
    page = show("heads")
    before = len(page.locator('[data-tensor="weights"] [role=cell]').all())
    point_until(page, "weights", "weights[1, 2,", press=True)
    expect(page.get_by_test_id("tg-unlock")).to_be_visible()
    expect(cell(page, "weights", "0,0,0,0")).to_have_count(0)
    expect(page.locator('[data-tensor="weights"] [role=cell]')).to_have_count(144)
    page.get_by_test_id("tg-next").click()
    mirrored(page, 1)
    expect(cell(page, "weights", "1,2,0,0")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("tg-unlock")).to_be_hidden()
    expect(page.locator('[data-tensor="weights"] [role=cell]')).to_have_count(before)


def test_small_panels_are_enlarged_under_the_pointer(show):
    page = show("decode")
    page.get_by_test_id("tg-last").click()
    point_until(page, "cross", "cross[2, 3,")
    lens = page.get_by_test_id("tg-lens")
    expect(lens).to_be_visible()
    panel = 7 * float(page.locator('[data-figure="cross"]').get_attribute("data-cell"))
    assert lens.bounding_box()["width"] > panel


def test_a_magnifier_is_larger_than_what_it_covers(show):
    page = show("many&stage=1")
    point_until(page, "weights", "weights[1, 2")
    panel = 32 * float(page.locator("figure").get_attribute("data-cell"))
    box = page.get_by_test_id("tg-lens").bounding_box()
    assert box["width"] > 1.3 * panel
    assert box["height"] > 1.3 * panel


def test_tokens_and_bars_follow_the_frame(show):
    page = show("decode")
    page.get_by_test_id("tg-next").click()
    expect(page.get_by_test_id("tg-tokens")).to_contain_text("now")
    expect(page.get_by_test_id("tg-tokens").locator(".token.right")).to_have_text(["2"])
    expect(page.get_by_test_id("tg-bars").locator(".bar.chosen")).to_have_count(1)


def test_an_edit_reaches_python_and_the_answer_the_screen(show):
    page = show("edit")
    expect(page.get_by_text("allowed: 21")).to_be_visible()
    x, y = point_until(page, "mask", "mask[0, 0, 0, 2]", press=True)
    expect(page.get_by_text("allowed: 22")).to_be_visible()
    expect(page.get_by_text("cells: ((0, 0, 0, 2),)")).to_be_visible()
    expect(cell(page, "mask", "0,0,0,2")).to_have_text("True")
    page.mouse.move(x + 44, y)
    page.mouse.down()
    page.mouse.move(x + 88, y, steps=4)
    page.mouse.up()
    expect(page.get_by_text("cells: ((0, 0, 0, 3), (0, 0, 0, 4))")).to_be_visible()
    expect(page.get_by_text("allowed: 24")).to_be_visible()


def test_a_row_header_changes_the_row(show):
    page = show("edit")
    _, y = point_until(page, "mask", "mask[0, 0, 0, 2]")
    page.mouse.click(panel_box(page, "mask")["x"] + 8, y)
    expect(page.get_by_text("allowed: 25")).to_be_visible()
    expect(page.get_by_text(re.compile(r"cells: \(\(0, 0, 0, 0\), .*\(0, 0, 0, 5\)\)"))).to_be_visible()


def test_cells_can_be_changed_from_the_keyboard(show):
    page = show("edit")
    page.get_by_test_id("tensor-grid").focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_text("cells: ((0, 0, 0, 1),)")).to_be_visible()


def test_the_text_copy_can_be_pointed_at_and_activated(show):
    page = show("edit")
    cell(page, "mask", "0,0,1,4").dispatch_event("mouseover")
    expect(page.get_by_test_id("tg-readout")).to_contain_text("mask[0, 0, 1, 4] = False")
    cell(page, "mask", "0,0,1,4").dispatch_event("click")
    expect(page.get_by_text("cells: ((0, 0, 1, 4),)")).to_be_visible()


def test_the_frame_is_kept_over_a_rerun(show, settled):
    page = show("lesson")
    page.get_by_test_id("tg-last").click()
    page.get_by_role("button", name="rerun").click()
    settled(page)
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-frame", "3")


def test_python_hears_of_frames_and_locks_if_it_asked(show):
    page = show("report")
    page.get_by_test_id("tg-next").click()
    page.get_by_test_id("tg-next").click()
    expect(page.get_by_text("frame: 2 None")).to_be_visible()
    point_until(page, "weights", "weights[0, 1,", press=True)
    expect(page.get_by_text("lock: 2 Lock(tensor='weights', panel=(0, 1))")).to_be_visible()
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-frame", "2")


def test_large_tensors_move_under_a_window(show):
    page = show("large")
    sliders = page.get_by_test_id("tensor-grid").locator(".slider")
    expect(sliders.first).to_contain_text("axis 0: 0 of 0–1")
    sliders.first.locator("input").fill("1")
    expect(page.get_by_test_id("tg-mirror").locator('[data-index="1,0,0,0,0,0"]')).to_have_count(1)
    expect(sliders.first).to_contain_text("axis 0: 1 of 0–1")


def test_odd_shapes_and_frames_without_tensors_are_drawn(show):
    page = show("odd")
    expect(cell(page, "t0", "")).to_have_text("0")
    expect(cell(page, "t5", "0,0,0,0,0,0")).to_have_text("0")
    expect(page.locator('[data-figure="t4"]')).to_contain_text("no elements")
    page.get_by_test_id("tg-next").click()
    expect(page.get_by_test_id("tg-caption")).to_have_text("No tensor here.")
    expect(page.locator("figure")).to_have_count(0)
    page.get_by_test_id("tg-prev").click()
    expect(page.locator("figure")).to_have_count(6)


@pytest.mark.parametrize("name", slow_but({"decode", "batch"}, ["lesson", "decode", "glyphs", "batch"]))
@pytest.mark.parametrize("width", [500, pytest.param(900, marks=pytest.mark.slow)])
def test_nothing_is_wider_than_its_column(show, name, width):
    page = show(f"{name}&width={width}")
    grid = page.get_by_test_id("tensor-grid")
    assert grid.evaluate("node => node.scrollWidth - node.clientWidth") <= 0


def colours_of(page: Page) -> tuple[list[int], list[int]]:
    """Sum of the colours drawn along the top edge (labels), weighted by opacity; and the text's colour."""
    return page.get_by_test_id("tensor-grid").evaluate(
        """node => {
            const canvas = node.querySelector("canvas");
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            const sum = [0, 0, 0, 0];
            for (let i = 0; i < 4 * canvas.width * 12; i += 4) {
                const opacity = data[i + 3];
                for (let k = 0; k < 3; k++) sum[k] += data[i + k] * opacity;
                sum[3] += opacity;
            }
            return [sum, [...getComputedStyle(node).color.matchAll(/\\d+/g)].map(Number)];
        }"""
    )


def test_labels_are_drawn_in_the_themes_text_colour_also_when_it_changes(show):
    page = show("lesson")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_test_id("tensor-grid")).to_have_css("color-scheme", scheme)
        drawn, text = colours_of(page)
        assert drawn[3] > 0
        drawn_bright = sum(drawn[:3]) / (3 * drawn[3]) > 127
        text_bright = sum(text[:3]) / 3 > 127
        assert drawn_bright == text_bright == (scheme == "dark")


def test_a_double_click_enlarges_a_panel_and_leaves_it_so(show):
    page = show("heads")
    x, y = point_until(page, "weights", "weights[1, 2")
    page.mouse.dblclick(x, y)
    expect(page.get_by_test_id("tg-unlock")).to_be_visible()
    page.mouse.click(*point_until(page, "weights", "weights[1, 2"))
    expect(page.get_by_test_id("tg-unlock")).to_be_hidden()


SCREENS = [(1366, 650), (1280, 620), (1920, 940)]


def grid_box(page: Page) -> dict[str, float]:
    box = page.get_by_test_id("tensor-grid").bounding_box()
    assert box
    return box


def hidden_by_scrolling(page: Page) -> int:
    return page.locator(".figures").evaluate("node => node.scrollHeight - node.clientHeight")


def laid_out(page: Page) -> None:
    """Wait until a change of size has been drawn."""
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


@pytest.mark.parametrize(("name", "least"), [("lesson", 24), ("decode", 10)])
def test_a_stage_fits_every_window_and_stays_put(show, name, least):
    page = show(f"{name}&stage=1")
    for size in SCREENS:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.get_by_test_id("tg-first").click()
        laid_out(page)
        assert_fits(page, least, size)


def assert_fits(page: Page, least: int, size: tuple[int, int]) -> None:
    """Check that the stage is fully visible, and in the same place in all four frames."""
    bottoms = set()
    for at in range(4):
        mirrored(page, at)
        box = page.locator(".box").bounding_box()
        bottoms.add(round(box["y"] + box["height"]))
        assert hidden_by_scrolling(page) <= 0
        cells = page.locator("figure").evaluate_all("all => all.map((one) => Number(one.dataset.cell))")
        assert min(cells) >= least
        for part in ("tg-scrub", "tg-caption", "tg-legend"):
            assert page.get_by_test_id(part).bounding_box()["y"] < size[1] - 10
        page.get_by_test_id("tg-next").click()
    assert len(bottoms) == 1
    assert bottoms.pop() <= size[1]


def test_a_stage_follows_what_stands_above_it(show):
    page = show("heads&stage=1")
    before = grid_box(page)
    page.get_by_test_id("stMainBlockContainer").locator("> div > div").first.evaluate(
        "node => { node.style.height = '180px'; node.style.flex = 'none'; }"
    )
    expect(page.locator("figure")).not_to_have_attribute("data-cell", "0")
    page.wait_for_function(
        "before => [...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.grid'))"
        ".find(Boolean).getBoundingClientRect().top > before.y + 20",
        arg=before,
    )
    page.wait_for_timeout(200)
    after = grid_box(page)
    assert after["y"] + after["height"] <= 900
    assert after["height"] < before["height"]


def test_a_picture_that_is_too_large_scrolls_inside_its_stage(show):
    page = show("many&stage=1")
    page.set_viewport_size({"width": 1366, "height": 650})
    page.wait_for_timeout(300)
    assert hidden_by_scrolling(page) > 0
    box = page.locator(".box").bounding_box()
    assert box["y"] + box["height"] <= 650


def test_of_numbers_that_are_too_large_a_stage_shows_a_window_that_is_whole(show):
    page = show("large&stage=1")
    page.set_viewport_size({"width": 1366, "height": 650})
    page.wait_for_timeout(300)
    assert page.locator(".slider").count() > 0
    assert hidden_by_scrolling(page) <= 0
    assert page.locator("figure canvas.over").last.bounding_box()["height"] > 24


def test_on_a_phone_a_stage_is_as_high_as_what_it_shows(show):
    page = show("lesson&stage=1")
    page.set_viewport_size({"width": 390, "height": 700})
    page.get_by_test_id("tg-next").click()
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-frame", "1")
    assert page.get_by_test_id("tensor-grid").evaluate("node => node.scrollWidth - node.clientWidth") <= 0


@pytest.mark.parametrize("refused", [False, True])
def test_a_grid_fills_the_screen_and_leaves_it(show, refused):
    page = show("lesson")
    before = grid_box(page)
    if refused:
        page.get_by_test_id("tensor-grid").evaluate(
            "node => { node.requestFullscreen = () => Promise.reject() }"
        )
    page.keyboard.press("f")
    size = page.viewport_size
    full = {"x": 0, "y": 0, "width": size["width"], "height": size["height"]}
    page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some((one) => one.shadowRoot?.querySelector('.grid.full'))"
    )
    assert grid_box(page) == full
    page.keyboard.press("ArrowRight")
    mirrored(page, 1)
    for part in ("tg-caption", "tg-code"):
        expect(page.get_by_test_id(part)).to_be_in_viewport(ratio=1)
    page.keyboard.press("Escape")
    expect(page.locator(".grid.full")).to_have_count(0)
    assert grid_box(page)["width"] == before["width"]


def test_keys_step_without_a_click_unless_a_field_has_the_focus(show):
    page = show("lesson&field=1")
    page.keyboard.press("ArrowRight")
    mirrored(page, 1)
    page.keyboard.press("End")
    mirrored(page, 3)
    field = page.get_by_label("field")
    field.fill("ff")
    for key in ("ArrowLeft", "Home", "f", " "):
        field.press(key)
    mirrored(page, 3)
    expect(field).to_have_value("f ff")
    page.get_by_role("button", name="rerun").focus()
    page.keyboard.press("Home")
    mirrored(page, 0)


def test_cells_and_heads_are_reached_and_enlarged_by_keys(show):
    page = show("heads")
    picture = page.locator('[data-figure="weights"] canvas.over')
    picture.focus()
    readout = page.get_by_test_id("tg-readout")
    expect(readout).to_contain_text("weights[0, 0, 0, 0]")
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("weights[0, 1, 0, 0]")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("tg-unlock")).to_be_visible()
    expect(page.locator("[aria-live]")).to_contain_text("weights[0, 1, 0, 0]")
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("tg-unlock")).to_be_hidden()
    expect(page.get_by_test_id("tg-frame")).to_have_attribute("data-frame", "0")
    assert "Enter enlarges" in picture.get_attribute("aria-label")


def test_what_is_left_out_is_never_said(show):
    page = show("bare")
    for at in range(3):
        mirrored(page, at)
        assert "undefined" not in page.get_by_test_id("tensor-grid").evaluate("node => node.outerHTML")
        page.get_by_test_id("tg-next").click()


def pixel(page: Page, tensor: str, row: float, column: float) -> list[int]:
    """The colour at a place in a tensor's picture, in cells from the upper left of its first panel."""
    return page.get_by_test_id("tensor-grid").evaluate(
        """(node, [name, row, column]) => {
            const figure = node.querySelector(`[data-figure="${name}"]`);
            const canvas = figure.querySelector("canvas");
            const cell = Number(figure.dataset.cell);
            const labels = [canvas.clientWidth - 2, canvas.clientHeight - 2];
            const shape = figure.querySelector(".shape").textContent.match(/\\d+/g).map(Number);
            const [rows, columns] = shape.slice(-2);
            const [left, top] = [labels[0] - columns * cell, labels[1] - rows * cell];
            const ratio = canvas.width / canvas.clientWidth;
            const at = [left + column * cell, top + row * cell].map((one) => Math.round(one * ratio));
            return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
        }""",
        [tensor, row, column],
    )


def test_what_flows_though_forbidden_is_drawn_in_its_colour_and_marked(show):
    page = show("leaks")
    heat, corner = pixel(page, "weights", 0.75, 1.3), pixel(page, "weights", 0.15, 1.85)
    assert heat[2] > heat[0] + 40, "in the colour of 0.29"
    assert sum(corner) < 60, "with a black corner"
    assert max(pixel(page, "scores", 0.75, 1.3)) - min(pixel(page, "scores", 0.75, 1.3)) < 20, (
        "scores are hatched"
    )
    expect(cell(page, "weights", "0,1")).to_have_text("0.2900 forbidden, yet not 0")
    expect(cell(page, "weights", "0,2")).to_have_text("0 masked")
    expect(page.get_by_test_id("tg-legend")).to_contain_text("forbidden, yet not 0")
    expect(page.locator('[data-figure="keep"]')).to_contain_text("True keeps")


def test_a_sign_tells_below_zero_from_above_without_colour(show):
    page = show("leaks")
    middle, beside = pixel(page, "signs", 0.5, 1.5), pixel(page, "signs", 0.75, 1.5)
    assert abs(sum(middle) - sum(beside)) > 200
    assert pixel(page, "signs", 0.5, 0.5) == pixel(page, "signs", 0.75, 0.5)
