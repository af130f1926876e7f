"""Strategies and the cache in a real browser: what the grid and the tree show, and a link to a step."""

from playwright.sync_api import expect


def test_strategies_and_their_tree_and_a_copied_link_to_a_step_of_the_cache(page, app_url, settled):
    page.goto(f"{app_url}/decoding?section=strategies&input=9+9+8+1&temperature=3&seed=1&beam=2")
    strips = page.get_by_test_id("tg-tokens").locator(".strip")
    expect(strips).to_have_count(4, timeout=60_000)
    expect(strips.nth(1).locator(".token")).to_have_count(5)
    expect(strips.nth(2)).to_contain_text("≠")
    expect(page.get_by_test_id("tg-play")).to_be_hidden()
    with page.expect_download() as download:
        page.get_by_test_id("tg-image").click()
    assert download.value.suggested_filename == "strategies_grid-1.png"
    tree = page.get_by_test_id("stPlotlyChart")
    expect(tree).to_contain_text("way to the answer", timeout=30_000)
    expect(tree.locator(".textpoint").filter(has_text="EOS").first).to_be_visible()

    page.goto(f"{app_url}/decoding?section=cache&input=9+9+8+1&cache_step=2&cache_layer=1")
    mirror = page.get_by_test_id("tg-mirror")
    expect(mirror).to_have_attribute("data-frame", "2", timeout=30_000)
    rows = page.locator('[data-tensor="keys"] [data-index^="0,0,"][data-index$=",0"]')
    masked = rows.evaluate_all("cells => cells.map(cell => cell.dataset.masked)")
    assert [value == "true" for value in masked] == [False] * 3 + [True] * 2
    before = rows.evaluate_all("cells => cells.slice(0, 3).map(cell => cell.dataset.value)")
    page.get_by_test_id("tensor-grid").press("ArrowRight")
    expect(mirror).to_have_attribute("data-frame", "3")
    after = rows.evaluate_all("cells => cells.slice(0, 3).map(cell => cell.dataset.value)")
    assert after == before, "what is kept does not change"
    settled(page)
