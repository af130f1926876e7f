"""Several browsers on one server: each with its own runs, which end when it is gone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from transformer.runs import Run, read_about
from ui.ownership import COOKIE

SECONDS = 60_000
SMALL = (
    "train_steps=20000&train_batch_size=8&train_embed_dim=8&train_heads=2&train_num_layers=1"
    "&train_feed_forward_dim=16&train_evaluate_every=20000"
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def student(browser: Browser, serve, runs, watch):
    """`student()`: a browser of somebody's own, on the page that its address says."""
    contexts = []

    def enter(query: str = SMALL, context=None) -> Page:
        url = serve("app.py", RUNS_FOLDER=str(runs), CLASSROOM="1", TRAINING_GRACE="2", TRAINING_LIMIT="2")
        if context is None:
            context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
            contexts.append(context)
        page = watch(context.new_page())
        page.set_default_timeout(SECONDS)
        page.goto(url)
        page.get_by_role("heading", level=1).wait_for(timeout=SECONDS)
        page.goto(f"{url}/training?{query}")
        expect(page.get_by_role("button", name="Restart", exact=True)).to_be_visible(timeout=SECONDS)
        return page

    yield enter
    for context in contexts:
        context.close()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def progress(page: Page, words: str) -> None:
    expect(page.get_by_text(re.compile(words)).first).to_be_visible(timeout=SECONDS)


def start(page: Page) -> str:
    """Start a run and give its name."""
    press(page, "Start")
    progress(page, r"training · step [\d,]+ of 20,000")
    expect(page).to_have_url(re.compile(r"run=run"), timeout=SECONDS)
    return re.search(r"run=run%3A([\w-]+)", page.url)[1]


def keep(page: Page) -> None:
    """Let its run go on when the page is gone."""
    page.get_by_text("Keep training when I close the page").click()
    expect(page.get_by_role("switch", name="Keep training when I close the page")).to_be_checked(
        timeout=SECONDS
    )


def last_step(run: Run) -> int:
    return sum(1 for _ in run.metrics())


def test_two_train_at_once_and_neither_sees_or_keeps_the_others_run(student, runs):
    first, second = student(), student()
    mine, theirs = start(first), start(second)
    keep(first)
    keep(second)
    assert mine != theirs
    owners = [read_about(runs / name)["owner"] for name in (mine, theirs)]
    (cookie,) = [one for one in first.context.cookies() if one["name"] == COOKIE]
    assert len({*owners, cookie["value"]}) == 3
    assert cookie["sameSite"] == "Strict"
    assert cookie["value"] not in first.url

    guess = first.url.split("?")[0]
    first.goto(f"{guess}?run=run%3A{theirs}&model=run%3A{theirs}&train_table=1&train_compare=run%3A{theirs}")
    expect(first.get_by_text("There is no training run").first).to_be_visible(timeout=SECONDS)
    progress(first, r"training · step [\d,]+ of 20,000")  # its own, found again
    expect(first.get_by_text(theirs)).to_have_count(1)  # in that sentence, which repeats the address
    press(first, "Stop")
    progress(first, "stopped · step")
    before = last_step(Run.find(runs / theirs))
    second.reload()
    progress(second, r"training · step [\d,]+ of 20,000")
    assert last_step(Run.find(runs / theirs)) > before

    context = second.context
    second.close()
    third = student()
    gone = start(third)
    third.close()
    checkpoint = Run.find(runs / gone).checkpoint_path
    while not checkpoint.exists() or (runs / gone / "writer.lock").exists():
        first.wait_for_timeout(100)
    assert (runs / theirs / "writer.lock").exists(), "kept, although its browser left first"
    back = student(f"run=run%3A{theirs}", context)
    progress(back, r"training · step [\d,]+ of 20,000")
    press(back, "Stop")
    progress(back, "stopped · step")
