"""Several browsers on one server: each has its own runs, which end after it has gone.

The quick tests of who may see and control which run are tests/pages/test_classroom.py and test_teacher.py.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from transformer.learning.folder import read_about
from transformer.learning.lock import live_writer
from transformer.learning.runs import Run
from ui.ownership import COOKIE

pytestmark = pytest.mark.slow

SECONDS = 60_000
SMALL = (
    "train_steps=20000&train_batch_size=8&train_embed_dim=8&train_heads=2&train_num_layers=1"
    "&train_feed_forward_dim=16&train_evaluate_every=20000"
)
GOES_ON = r"training · step [\d,]+ of 20,000"


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def training_url(browser: Browser, serve, runs) -> str:
    """The training page of a classroom that has had its first visitor."""
    url = serve("app.py", RUNS_FOLDER=str(runs), CLASSROOM="1", TRAINING_GRACE="2", TRAINING_LIMIT="2")
    visitor = browser.new_page()
    visitor.goto(url)
    visitor.get_by_role("heading", level=1).wait_for(timeout=SECONDS)
    visitor.context.close()
    return f"{url}/training"


@pytest.fixture
def student(browser: Browser):
    """`student()` returns a new browser context, as of another student."""
    contexts = []

    def arrive() -> BrowserContext:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US"))
        return contexts[-1]

    yield arrive
    for context in contexts:
        context.close()


@pytest.fixture
def open_tab(training_url, watch) -> Callable[..., Page]:
    """`open_tab(context, query)` opens another tab of a browser on the training page."""

    def go(context: BrowserContext, query: str = SMALL) -> Page:
        page = watch(context.new_page())
        page.set_default_timeout(SECONDS)
        page.goto(f"{training_url}?{query}")
        return page

    return go


def press(page: Page, name: str) -> None:
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True).click()


def progress(page: Page, words: str) -> None:
    expect(page.get_by_text(re.compile(words)).first).to_be_visible(timeout=SECONDS)


def start(page: Page) -> str:
    """Start a run and return its name."""
    press(page, "Start")
    progress(page, GOES_ON)
    expect(page).to_have_url(re.compile(r"run=run"), timeout=SECONDS)
    return re.search(r"run=run%3A([\w-]+)", page.url)[1]


def pause(page: Page) -> None:
    """Pause the run, so that it leaves the processor to the browsers."""
    press(page, "Pause")
    progress(page, "paused · step")


def stop(page: Page) -> None:
    press(page, "Stop")
    progress(page, "stopped · step")


def last_step(folder: Path) -> int:
    return sum(1 for _ in Run.find(folder).metrics())


def token(context: BrowserContext) -> str:
    return next(one["value"] for one in context.cookies() if one["name"] == COOKIE)


def test_a_browser_stays_itself_when_it_comes_by_another_sites_link_or_has_the_page_still(
    student, open_tab, training_url
):
    context = student()
    page = open_tab(context)
    page.get_by_role("heading", level=1).wait_for()
    mine = token(context)
    page.route("http://course.example/", lambda route: route.fulfill(
        body=f'<a href="{training_url}">to the lesson</a>', content_type="text/html"
    ))  # fmt: skip
    page.goto("http://course.example/")
    page.get_by_text("to the lesson").click()
    page.get_by_role("heading", level=1).wait_for()
    assert token(context) == mine

    start_page = training_url.removesuffix("training")
    page.goto(start_page)
    context.clear_cookies()
    answer = page.goto(start_page)
    page.get_by_role("heading", level=1).wait_for()
    assert answer is not None
    assert token(context) != mine


def test_two_train_at_once_and_neither_sees_the_others_run(student, open_tab, runs):
    first, second = open_tab(student()), open_tab(student())
    mine, theirs = start(first), start(second)
    before = [last_step(runs / name) for name in (mine, theirs)]
    while any(last_step(runs / name) <= step for name, step in zip((mine, theirs), before, strict=True)):
        first.wait_for_timeout(50)  # both runs train at once
    pause(first)
    pause(second)
    owners = {read_about(runs / name)["owner"] for name in (mine, theirs)}
    (cookie,) = [one for one in first.context.cookies() if one["name"] == COOKIE]
    assert len(owners) == 2
    assert cookie["value"] not in owners
    assert cookie["sameSite"] == "Lax"
    assert cookie["httpOnly"]
    assert COOKIE not in first.evaluate("document.cookie")
    assert cookie["value"] not in first.url

    asked_for = f"run=run%3A{theirs}&model=run%3A{theirs}&train_compare=run%3A{theirs}"
    curious = open_tab(first.context, asked_for)
    expect(curious.get_by_text("There is no training run").first).to_be_visible(timeout=SECONDS)
    progress(curious, "paused · step")  # this browser's own run is found again
    expect(curious.get_by_text(theirs)).to_have_count(1)  # only in that message, which repeats the name

    stop(first)
    progress(second, "paused · step")
    press(second, "Resume")
    progress(second, GOES_ON)  # the other browser's Stop did not stop it
    stop(second)


def test_a_closed_browser_stops_its_run_after_the_time_of_grace_unless_it_is_kept(student, open_tab, runs):
    browser = student()
    kept_tab, other_tab = open_tab(browser), open_tab(browser, SMALL + "&run=sort")
    kept = start(kept_tab)
    kept_tab.get_by_role("button", name="This run").click()
    kept_tab.get_by_text("Keep training when I close the page").click()
    switch = kept_tab.get_by_role("switch", name="Keep training when I close the page")
    expect(switch).to_be_checked(timeout=SECONDS)
    pause(kept_tab)
    gone = start(other_tab)
    elsewhere = open_tab(student())  # another browser that is open does not keep the runs of this one
    kept_tab.close()
    other_tab.close()
    while live_writer(runs / gone):
        elsewhere.wait_for_timeout(50)
    assert Run.find(runs / gone).checkpoint_path.exists()
    assert live_writer(runs / kept)

    back = open_tab(browser, f"run=run%3A{gone}")
    progress(back, "stopped, because no browser had it open for 2 seconds")
    again = open_tab(browser, f"run=run%3A{kept}")
    progress(again, "paused · step")
    stop(again)
