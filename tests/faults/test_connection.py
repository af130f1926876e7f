"""A browser loses its server, for a moment or half a minute, and finds its run again.

tests/browser/test_classroom.py tests that an abandoned run is stopped unless it is kept,
tests/browser/test_training.py a reload while a run is paused.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.test_returning import all_is_as_it_was, set_things
from tests.faults.conftest import MILLISECONDS, grows, has_no_gap, says, start
from tests.faults.servers import wait_for
from transformer.learning.runs import Run

pytestmark = [pytest.mark.slow, pytest.mark.timing]

LOST = {
    "en": "The connection to the server is lost. The page keeps trying to reconnect",
    "zh": "与服务器的连接已中断",
}


def trains(folder) -> None:
    """Check that a run goes on."""
    run = Run.find(folder)
    before = run.last_step()
    wait_for(lambda: run.last_step() > before)


def whole(folder) -> list[int]:
    """The recorded steps; checks that none is missing or recorded twice."""
    steps = [line["step"] for line in Run.find(folder).metrics()]
    assert steps == list(range(1, len(steps) + 1))
    assert Run.find(folder).damaged_lines() == 0
    return steps


def test_a_reload_in_mid_training_finds_the_run_and_stops_nothing(serve, visit, runs):
    server = serve(CLASSROOM="1", TRAINING_GRACE="20")
    page = visit(server.url)
    name = start(page)
    for _ in range(3):
        page.reload()
        says(page, r"training · step [\d,]+ of 20,000")
        assert name in page.url
    page.goto(f"{server.url}/training")  # the run is not in the address: its owner's cookie finds it
    says(page, r"training · step [\d,]+ of 20,000")
    grows(page)
    assert len(list(runs.iterdir())) == 1
    whole(runs / name)


@pytest.mark.parametrize(
    ("how", "seconds", "classroom"),
    [
        ("cut", 3, "0"),
        ("hang", 3, "1"),
        *((how, 30, classroom) for how in ("cut", "hang") for classroom in ("0", "1")),
    ],
)
def test_a_network_that_drops_costs_nothing(serve, visit, network, runs, how, seconds, classroom):
    """The drop is shorter than the time of grace, so the run goes on, and the page continues where it was."""
    line = network(serve(CLASSROOM=classroom, TRAINING_GRACE=str(3 * seconds + 30)))
    page = visit(line.url)
    name = start(page)
    page.evaluate("window.sameDocument = true")
    getattr(line, how)()
    if how == "cut":
        expect(page.locator("#connection-lost")).to_contain_text(LOST["en"], timeout=MILLISECONDS)
    trains(runs / name)
    page.wait_for_timeout(1000 * seconds)
    trains(runs / name)
    line.mend()
    expect(page.locator("#connection-lost")).to_have_count(0, timeout=MILLISECONDS)
    grows(page)
    assert page.evaluate("window.sameDocument"), "nobody had to reload the page"
    assert len(list(runs.iterdir())) == 1
    page.get_by_role("button", name="Pause", exact=True).click()
    says(page, r"paused · step")
    assert whole(runs / name)
    has_no_gap(page)


@pytest.mark.parametrize("language", LOST)
def test_a_lost_server_is_told_in_the_pages_language(serve, visit, language):
    server = serve()
    page = visit(server.url, f"lang={language}")
    expect(page.locator("#connection-lost")).to_have_count(0)
    server.end()
    note = page.locator("#connection-lost")
    expect(note).to_contain_text(LOST[language], timeout=MILLISECONDS)
    expect(note).to_be_visible()
    serve(server.port)
    expect(note).to_have_count(0, timeout=MILLISECONDS)


def test_a_page_goes_on_as_it_was_on_a_server_that_was_started_anew(serve, visit):
    server = serve()
    page = visit(server.url)
    set_things(page, server.url)
    server.end()
    expect(page.locator("#connection-lost")).to_be_visible(timeout=MILLISECONDS)
    serve(server.port)
    all_is_as_it_was(page)
