"""What a page draws arrives, even if the server sends it late and a fragment is clicked meanwhile."""

import re

from playwright.sync_api import expect

APP = "tests/browser/apps/slow_sending.py"
CLICKS = 25

QUICKLY = """async (clicks) => {
    const buttons = () => [...document.querySelectorAll("button")];
    const press = (name) => buttons().find((one) => one.innerText === name)?.click();
    const wait = (time) => new Promise((done) => setTimeout(done, time));
    for (let click = 0; click < clicks; click++) {
        press("Again");
        await wait(3 * (click % 20));
        press("Part");
        await wait(7 * (click % 5));
        press("Part");
        await wait(120);
    }
}"""
"""Clicks on the page, each followed by two on its fragment: before, while and after the page is drawn."""


LATER_RUN = "before => Number(/run (\\d+)/.exec(document.body.innerText)[1]) > before"


def test_what_a_run_draws_arrives_while_a_part_is_clicked(serve, page, settled):
    page.goto(serve(APP))
    expect(page.get_by_text("run 1", exact=True)).to_be_visible(timeout=20_000)
    page.evaluate(QUICKLY, CLICKS)
    settled(page)
    for text in ("drawn again", "behind it", re.compile(r"^run \d+$")):
        expect(page.get_by_text(text, exact=True)).to_have_count(1)
    expect(page.get_by_role("dialog")).to_have_count(0)
    run = int(page.get_by_text(re.compile(r"^run \d+$")).inner_text().split()[1])
    page.get_by_role("button", name="Again").click()
    page.wait_for_function(LATER_RUN, arg=run, timeout=20_000)
