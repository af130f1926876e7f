"""What a stream survives: a server that ends, a clock that jumps, a tab that is hidden for five minutes, a
folder that goes, a disk that is full.

test_connection.py tests a network that drops for half a minute, tests/browser/test_live.py one that lets no
stream through.
"""

import re
import resource
import shutil

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_training import panel, worker_of
from tests.faults.conftest import MILLISECONDS, Streams, grows, has_no_gap, press, says, start, step
from transformer.learning.folder import METRICS
from transformer.learning.runs import Run
from viz.curves import MAX_POINTS

pytestmark = pytest.mark.slow

HIDDEN_SECONDS = 300
HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def drawn(page: Page) -> tuple[int, int]:
    """How many points the curve of the loss has, and its last step."""
    loss = panel(page, "loss, nats per token")
    points, last = (loss.get_attribute(name) for name in ("data-points", "data-last"))
    return int(points.split()[0]), int(last.split(":")[0])


def test_a_server_that_is_started_anew_is_found_again_and_no_step_is_missing(serve, visit, runs):
    server = serve()
    page = visit(server.url)
    name = start(page)
    grows(page)
    server.end()
    serve(server.port)
    says(page, r"stopped · step")
    press(page, "Continue")
    says(page, r"training · step")
    grows(page)
    press(page, "Stop")
    says(page, r"stopped · step")
    recorded = Run.find(runs / name).last_step()
    assert recorded <= MAX_POINTS, "else not every step is drawn"
    expect(panel(page, "loss, nats per token")).to_have_attribute(
        "data-last", re.compile(f"^{recorded}:"), timeout=MILLISECONDS
    )
    assert drawn(page) == (recorded, recorded)


def test_a_clock_that_jumps_by_hours_costs_nothing(serve, visit):
    page = visit(serve().url)
    start(page)
    for hours in (5, -9):
        page.evaluate(f"(() => {{ const now = Date.now; Date.now = () => now() + {hours * 3_600_000}; }})()")
        page.wait_for_timeout(2500)
        grows(page)
        grows(page)


def test_a_tab_that_was_hidden_for_five_minutes_shows_all_that_came_meanwhile(serve, visit, runs):
    page = visit(serve().url)
    name = start(page)
    grows(page)
    streams = Streams(page)
    page.evaluate(HIDE, True)
    page.wait_for_timeout(2000)
    held = step(page)
    page.wait_for_timeout(1000 * HIDDEN_SECONDS)
    assert step(page) == held
    assert not streams.asked, "a hidden tab asks for nothing"
    recorded = Run.find(runs / name).last_step()
    assert recorded > held
    page.evaluate(HIDE, False)
    page.wait_for_timeout(3000)
    assert step(page) >= recorded
    assert streams.is_one()
    press(page, "Pause")
    says(page, "paused · step")
    has_no_gap(page)


def test_of_a_run_whose_folder_is_removed_the_page_says_so_by_itself(serve, visit, runs):
    page = visit(serve().url)
    name = start(page)
    shutil.rmtree(runs / name)
    says(page, "was removed|There is no training run")
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled(timeout=MILLISECONDS)


def test_of_a_disk_that_takes_no_more_the_page_says_so_by_itself(serve, visit, runs):
    page = visit(serve().url)
    name = start(page)
    size = (runs / name / METRICS).stat().st_size + 2000
    resource.prlimit(worker_of(runs / name), resource.RLIMIT_FSIZE, (size, size))
    says(page, "the system allows none as large")
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_visible(timeout=MILLISECONDS)
