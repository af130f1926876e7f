"""One event stream per tab: what it survives, and the polling that replaces it if it is blocked."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_training import SMALL, panel, press, progress, step
from transformer.learning.folder import METRICS

SECONDS = 60_000
LAST = re.compile(r"[1-9]")


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def url(serve, runs) -> str:
    return serve("app.py", RUNS_FOLDER=str(runs), TRAINING_LIMIT="1")


@pytest.fixture
def training(page, url) -> Page:
    """The training page with a run under way."""
    page.goto(f"{url}/training?{SMALL}&run=sort")
    page.locator(".live canvas[data-view]").first.wait_for(timeout=SECONDS)
    press(page, "Start")
    progress(page, r"training · step [\d,]+ of 20,000")
    yield page
    page.unroute_all()
    press(page, "Stop")
    progress(page, "stopped · step")


def grows(page: Page) -> None:
    before = step(page)
    expect(page.get_by_text(f"step {before:,} of 20,000")).to_have_count(0, timeout=SECONDS)
    assert step(page) > before


def settles(page: Page) -> int:
    """The step on screen, once it has not changed for a second: a fragment may still be drawing it."""
    for _ in range(60):
        before = step(page)
        page.wait_for_timeout(1000)
        if step(page) == before:
            return before
    raise AssertionError("the step on screen never stops")


def recorded(runs: Path) -> int:
    latest = max(runs.glob(f"*/{METRICS}"), key=lambda path: path.stat().st_mtime)
    return latest.read_bytes().count(b"\n")


def streams(asked: list[str]) -> list[str]:
    return [url for url in asked if "/live/events" in url]


def test_there_is_one_stream_a_tab_and_none_while_it_is_hidden(training, runs, settled):
    asked: list[str] = []
    training.on(
        "request", lambda request: asked.append(request.url) if "/live/events" in request.url else None
    )
    grows(training)
    expect(training.get_by_role("button", name="Pause", exact=True)).to_be_enabled(timeout=SECONDS)
    settled(training)  # the page was drawn once more when the run began
    hide = "hidden => Object.defineProperty(document, 'hidden', { get: () => hidden, configurable: true })"
    training.evaluate(hide, True)
    training.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    held = settles(training)
    asked.clear()  # the stream may have been opened only just now, for the new run
    there = recorded(runs)
    training.wait_for_timeout(1500)
    assert step(training) == held
    assert not streams(asked)
    training.evaluate(hide, False)
    training.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    grows(training)
    assert step(training) > there, "what came meanwhile is there"
    assert len(streams(asked)) == 1
    loss = panel(training, "loss, nats per token")
    points = int(loss.get_attribute("data-points").split()[0])
    assert points > min(there, 150), "without a gap"


def test_where_streams_do_not_get_through_the_same_is_asked_for(training):
    def refuse(route: Route) -> None:
        if "once=1" in route.request.url:
            route.continue_()
        else:
            route.fulfill(status=502, body="no streams here")

    training.route("**/live/events*", refuse)
    press(training, "Pause")
    progress(training, "paused · step")
    press(training, "Resume")
    progress(training, r"training · step")
    grows(training)
    grows(training)


def test_a_state_that_changes_by_itself_changes_the_buttons(training, runs):
    """The state changes without a click in this tab: another tab pauses the run."""
    latest = max(runs.glob(f"*/{METRICS}"), key=lambda path: path.stat().st_mtime).parent
    pause = training.get_by_role("button", name="Pause", exact=True)
    expect(pause).to_be_enabled(timeout=SECONDS)
    other = training.context.new_page()
    other.goto(f"{training.url.split('?')[0]}?run=run:{latest.name}")
    other.get_by_role("button", name="Pause", exact=True).last.click(timeout=SECONDS)
    began = time.monotonic()
    expect(training.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=SECONDS)
    assert time.monotonic() - began < 30
    progress(training, "paused · step")
    press(training, "Resume")
    progress(training, r"training · step")
