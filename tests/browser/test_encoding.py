"""The positional encoding page in a browser: arrows that turn without the server, numbers in the grid."""

import json
import re

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import REPOSITORY
from transformer.model.positional import sinusoidal_encoding

EXAMPLES = json.loads((REPOSITORY / "tests/data/worked_examples.json").read_text())

ARROWS = """() => {
    const plots = [...document.querySelectorAll('.js-plotly-plot')];
    const plot = plots.find(plot => plot.data.some(trace => trace.name === 'PE(p)'));
    const arrow = name => plot.data.find(trace => trace.name === name);
    return [arrow('PE(p)'), arrow('PE(p + 3)')].map(a => [a.y[1], a.y[4]]);
}"""


def opened(page: Page, app_url: str, settled, query: str) -> Page:
    page.goto(f"{app_url}/encoding?{query}")
    page.get_by_role("heading", level=1).wait_for()
    return settled(page)


def mirrored(grid: Locator, tensor: str) -> np.ndarray:
    cells = grid.locator(f'[data-tensor="{tensor}"] [data-index]')
    values = cells.evaluate_all("cells => cells.map(cell => [cell.dataset.index, cell.dataset.value])")
    shape = np.max([list(map(int, index.split(","))) for index, _ in values], axis=0) + 1
    array = np.full(shape, np.nan)
    for index, value in values:
        array[tuple(map(int, index.split(",")))] = float(value.replace("−", "-"))
    return array


def test_positions_are_stepped_through_on_the_waves_and_written_into_the_address(page, app_url, settled):
    opened(page, app_url, settled, "dim=8&length=12&position=3&pe_waves=1,6&lang=en")
    codes, grid = sinusoidal_encoding(12, 8).numpy(), page.get_by_test_id("tensor-grid")
    waves = grid.get_by_test_id("tg-curves")
    expect(grid.get_by_test_id("tg-frame")).to_have_attribute("data-title", "position 3")
    grid.press("ArrowRight")
    expect(grid.get_by_test_id("tg-code")).to_contain_text(f"PE(4) = [{codes[4, 0]:.4f}")
    for dim in (1, 6):
        expect(waves).to_contain_text(f"dimension {dim} = {codes[4, dim]:.3g}")
    expect(page).to_have_url(re.compile("position=4"))
    page.reload()
    expect(grid.get_by_test_id("tg-frame")).to_have_attribute("data-title", "position 4")


CHANGES = """() => {
    const root = document.querySelector(".st-key-codes [data-testid=tensor-grid]") ??
        [...document.querySelectorAll(".st-key-codes *")].find((node) => node.shadowRoot).shadowRoot;
    window.changes = 0;
    const seen = ({ target }) => !(target.closest ? target : target.parentElement)?.closest(".unseen");
    new MutationObserver((found) => { window.changes += found.filter(seen).length; })
        .observe(root, { childList: true, characterData: true, subtree: true });
}"""


def test_coming_to_rest_changes_the_address_and_nothing_in_the_picture(page, app_url, settled):
    opened(page, app_url, settled, "position=3&lang=en")
    grid = page.get_by_test_id("tensor-grid")
    grid.press("ArrowRight")
    expect(page).to_have_url(re.compile("position=4"))
    settled(page)
    page.evaluate(CHANGES)
    grid.press("ArrowRight")
    expect(grid.get_by_test_id("tg-frame")).to_have_attribute("data-title", "position 5")
    page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert page.evaluate("() => window.changes") > 0
    page.evaluate("() => { window.changes = 0; }")  # the server is told later, once stepping has stopped
    expect(page).to_have_url(re.compile("position=5"))
    settled(page)
    assert page.evaluate("() => window.changes") == 0


def test_a_point_on_a_wave_is_a_cell_of_the_table_and_a_click_goes_to_its_position(page, app_url, settled):
    opened(page, app_url, settled, "dim=4&length=10&pe_waves=0&lang=en")
    codes, grid = sinusoidal_encoding(10, 4).numpy(), page.get_by_test_id("tensor-grid")
    box = grid.locator(".curves canvas.over").bounding_box()
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] / 3)
    expect(grid.get_by_test_id("tg-readout")).to_contain_text(f"PE[9, 0] = {codes[9, 0]:.3g}")
    expect(grid.get_by_test_id("tg-readout")).to_contain_text("position[9, 0] = 9")
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] / 3)
    expect(grid.get_by_test_id("tg-frame")).to_have_attribute("data-title", "position 9")
    grid.locator('[data-tensor="PE"] [data-index="2,1"]').dispatch_event("click")
    expect(grid.get_by_test_id("tg-frame")).to_have_attribute("data-title", "position 2")


def test_arrows_turn_in_the_browser_step_by_step_and_playing(page, app_url, settled):
    opened(page, app_url, settled, "pe_section=why&dim=4&length=8")
    codes = sinusoidal_encoding(12, 4).numpy()
    page.wait_for_function(f"() => {{ try {{ return ({ARROWS})().length }} catch {{ return 0 }} }}")
    assert np.allclose(page.evaluate(ARROWS), [codes[0, 0::2], codes[3, 0::2]], atol=1e-4)
    page.locator(".updatemenu-button", has_text="Play").click()
    page.wait_for_function(f"() => Math.abs(({ARROWS})()[0][0] - {codes[7, 0]}) < 1e-4")
    assert np.allclose(page.evaluate(ARROWS), [codes[7, 0::2], codes[10, 0::2]], atol=1e-4)


def test_the_numbers_of_the_notes_are_on_screen_step_by_step(page, app_url, settled):
    opened(page, app_url, settled, "pe_section=hand")
    grid = page.get_by_test_id("tensor-grid").first

    def at(step: int) -> None:
        expect(grid.get_by_test_id("tg-mirror")).to_have_attribute("data-frame", str(step))

    lookup, codes = EXAMPLES["embedding_lookup"], EXAMPLES["positional_encoding_d4"]
    at(0)
    assert np.allclose(mirrored(grid, "weight"), lookup["weight"], rtol=1e-3)
    rows = np.array(lookup["weight"])[np.array(lookup["ids"])]
    assert np.allclose(mirrored(grid, "embedded"), rows, rtol=1e-3)
    for step in range(1, 6):
        grid.get_by_test_id("tg-next").click()
        at(step)
        if step == 2:
            assert np.allclose(mirrored(grid, "pe"), codes["pe"], rtol=1e-3, atol=1e-6)
        if step == 4:
            expect(grid.get_by_test_id("tg-facts")).to_contain_text(
                "[0.941471, 0.740302, 0.310000, 1.399950]"
            )
            assert np.allclose(mirrored(grid, "token_at_1")[0], codes["embedding_plus_pe1"], rtol=1e-3)
    batch = EXAMPLES["add_positional_encoding"]
    assert np.allclose(mirrored(grid, "x"), batch["x"], rtol=1e-3)
    assert np.allclose(mirrored(grid, "y"), batch["x_plus_pe"], rtol=1e-3)
