"""What a page draws arrives, even if the server sends it late and a fragment is polled all the while."""

from playwright.sync_api import expect

APP = "tests/browser/apps/slow_sending.py"
LATER_RUN = "before => Number(/run (\\d+)/.exec(document.body.innerText)[1]) > before && RegExp.$1"


def test_what_a_run_draws_arrives_while_a_fragment_is_polled(serve, page):
    page.goto(serve(APP))
    run = 1
    expect(page.get_by_text(f"run {run}", exact=True)).to_be_visible(timeout=20_000)
    for _ in range(30):
        page.get_by_role("button", name="Again").click()
        run = int(page.wait_for_function(LATER_RUN, arg=run, timeout=20_000).json_value())
    for text in ("drawn again and again", "behind it"):
        expect(page.get_by_text(text, exact=True)).to_have_count(1)
