"""The training page in a real browser: a run from start to use, controlled while it is under way."""

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import copied_link
from transformer.learning.runs import Run
from transformer.learning.snapshots import Snapshots

SECONDS = 60_000
SMALL = (
    "train_steps=20000&train_batch_size=8&train_embed_dim=8&train_heads=2&train_num_layers=1"
    "&train_feed_forward_dim=16&train_evaluate_every=50"
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """The folder of the runs of this file's server."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def open_training(page, serve, runs):
    """`open_training("train_steps=5")` opens the page on a server of its own."""

    def go(query: str) -> Page:
        url = serve("app.py", RUNS_FOLDER=str(runs))
        page.goto(url)  # Streamlit logs an error if a server's first visitor opens a deep link
        page.get_by_role("heading", level=1).wait_for(timeout=SECONDS)
        page.goto(f"{url}/training?{query}")
        page.get_by_role("heading", level=1).wait_for(timeout=SECONDS)
        page.locator(".live canvas[data-view]").first.wait_for(timeout=SECONDS)
        return page

    return go


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()  # the first Stop is Streamlit's own


def progress(page: Page, words: str) -> None:
    """Wait for the progress line to match. (For a moment the line of the run before may be there as well.)"""
    expect(page.get_by_text(re.compile(words)).first).to_be_visible(timeout=SECONDS)


def step(page: Page) -> int:
    text = page.get_by_text(re.compile(r"step [\d,]+ of 20,000")).first.inner_text()
    return int(re.search(r"step ([\d,]+) of", text)[1].replace(",", ""))


def test_the_whole_cycle_from_start_to_use(open_training, runs):
    page = open_training(SMALL)
    press(page, "Start")
    progress(page, r"training · step [\d,]+ of 20,000 · about")
    expect(page.locator(".newest tr")).to_have_count(13, timeout=SECONDS)
    first = step(page)
    page.wait_for_timeout(1000)
    assert step(page) > first

    press(page, "Pause")
    progress(page, "paused · step")
    held = step(page)
    page.wait_for_timeout(1500)
    assert step(page) == held
    press(page, "Step")
    progress(page, f"paused · step {held + 1:,} of")

    for _ in range(3):
        page.reload()
        progress(page, f"paused · step {held + 1:,} of")
        expect(page.get_by_role("switch", name="Loss on a logarithmic axis")).to_be_checked()
    press(page, "Resume")
    progress(page, "training · step")
    press(page, "Stop")
    progress(page, "stopped · step")

    press(page, "Use this model on all pages")
    (folder,) = runs.iterdir()
    expect(page).to_have_url(re.compile(f"model=run%3A{folder.name}"), timeout=SECONDS)
    page.get_by_role("link", name="Decoding").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Decoding", timeout=SECONDS)
    expect(page.get_by_role("combobox", name="Current model")).to_have_value(re.compile(folder.name))
    expect(page.get_by_test_id("stException")).to_have_count(0)
    expect(page).to_have_url(re.compile(f"/decoding.model=run%3A{folder.name}"), timeout=SECONDS)
    page.go_back()  # one step back: page and query are one entry
    expect(page.get_by_role("heading", level=1)).to_have_text("Training", timeout=SECONDS)
    expect(page).to_have_url(re.compile(f"/training.*run=run%3A{folder.name}.*train_steps=20000"))


FIXED = ("start_button", "pause_button", "step_button", "stop_button", "this_run")
"""Keys of the buttons that must not move, whatever a run does."""


def places(page: Page) -> list[tuple[float, float]]:
    boxes = [page.locator(f".st-key-{key} button").first.bounding_box() for key in FIXED]
    return [(box["x"], box["y"]) for box in boxes if box]


def test_no_button_moves_while_a_run_comes_and_goes(open_training, runs):
    page = open_training(SMALL.replace("20000", "60") + "&train_seed=5&run=sort")
    before = places(page)
    assert len(before) == len(FIXED)
    press(page, "Step")
    progress(page, "paused · step 1 of 60")
    assert places(page) == before
    press(page, "Resume")
    progress(page, "finished · step 60 of 60")
    expect(page.get_by_role("button", name="Use this model on all pages")).to_be_enabled(timeout=SECONDS)
    expect(page.get_by_text("every page can work with this model now")).to_be_visible()
    assert places(page) == before


def test_a_number_out_of_range_is_said_and_an_emptied_field_is_the_default(open_training):
    page = open_training("run=sort&train_steps=77")
    steps, start = (
        page.get_by_role("spinbutton", name="Steps"),
        page.get_by_role("button", name="Start", exact=True),
    )
    steps.fill("999999")
    steps.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("999,999 is out of range", timeout=SECONDS)
    expect(start).to_be_disabled()
    steps.fill("")
    steps.press("Enter")
    expect(steps).to_have_value("600", timeout=SECONDS)
    expect(start).to_be_enabled(timeout=SECONDS)


@pytest.mark.slow
def test_a_killed_run_leaves_a_sentence_and_can_be_continued(open_training, runs):
    before = set(runs.iterdir())
    page = open_training(SMALL + "&train_seed=1&run=sort")
    page.get_by_role("button", name="Start", exact=True).dblclick()  # starts one run, not two
    progress(page, r"training · step [\d,]+ of 20,000")
    (folder,) = set(runs.iterdir()) - before
    checkpoint = Run.find(folder).checkpoint_path
    while not checkpoint.exists():
        page.wait_for_timeout(100)
    os.kill(worker_of(folder), signal.SIGKILL)
    expect(page.get_by_role("alert")).to_contain_text("SIGKILL", timeout=SECONDS)
    press(page, "Continue")
    progress(page, "training · step")
    press(page, "Stop")
    progress(page, "stopped · step")


def worker_of(folder: Path) -> int:
    """The process that has a run's metrics open."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            files = [os.readlink(link) for link in (process / "fd").iterdir()]
        except OSError:
            continue
        if str(folder / "metrics.jsonl") in files:
            return int(process.name)
    raise AssertionError("no process trains")


def panel(page: Page, title: str):
    """The curves with this title; attributes of the canvas tell what is in view."""
    return page.locator(f'[data-panel="{title}"] canvas[data-view]')


def test_curves_keep_their_zoom_and_axis_while_they_grow_and_are_one_figure(open_training):
    page = open_training(SMALL + "&train_seed=2&run=sort")
    press(page, "Start")
    progress(page, r"training · step [\d,]{3,} of 20,000")
    loss, right = panel(page, "loss, nats per token"), panel(page, "share right")
    right.evaluate("element => { element.dataset.seen = 'yes'; }")
    press(page, "Pause")
    progress(page, "paused · step")
    whole = right.get_attribute("data-view")
    right.scroll_into_view_if_needed()
    right.hover(position={"x": 150, "y": 60})
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    expect(right).not_to_have_attribute("data-view", whole)
    zoomed = right.get_attribute("data-view")
    expect(loss).to_have_attribute("data-view", zoomed)
    expect(panel(page, "learning rate")).to_have_attribute("data-view", zoomed)
    assert loss.get_attribute("data-pointed"), "one rule reads off all of them"
    expect(loss).to_have_attribute("data-axis", "log")
    page.get_by_role("switch", name="Loss on a logarithmic axis").uncheck()
    expect(loss).to_have_attribute("data-axis", "linear")
    expect(page).to_have_url(re.compile("train_log=0"), timeout=SECONDS)

    last = loss.get_attribute("data-last")
    press(page, "Resume")
    expect(loss).not_to_have_attribute("data-last", last, timeout=SECONDS)
    progress(page, "training · step")
    expect(right).to_have_attribute("data-view", zoomed)
    expect(right).to_have_attribute("data-seen", "yes")
    expect(loss).to_have_attribute("data-axis", "linear")
    press(page, "Stop")
    progress(page, "stopped · step")
    right.dblclick(position={"x": 150, "y": 60})
    expect(right).to_have_attribute("data-view", re.compile("^1-"))


def test_restarting_taking_away_and_bringing_back(open_training, runs, tmp_path):
    page = open_training(SMALL.replace("20000", "60") + "&train_seed=3&run=sort")
    press(page, "Start")
    progress(page, "finished · step 60 of 60")
    first = re.search(r"run=run%3A([\w-]+)", page.url)[1]
    press(page, "This run")
    press(page, "Restart")
    expect(page.get_by_text(f"Restarted from the initial weights of {first}.")).to_be_visible(timeout=SECONDS)
    expect(page).not_to_have_url(re.compile(f"run%3A{first}(&|$)"))
    second = re.search(r"run=run%3A([\w-]+)", page.url)[1]
    again = Run.find(runs / second)
    wait_until(lambda: again.last_step() == 60, page)  # the line of the run before may still be on screen
    progress(page, "finished · step 60 of 60")
    losses = [[line["loss"] for line in Run.find(runs / name).metrics()] for name in (first, second)]
    assert first != second
    assert losses[0] == losses[1]

    if not page.get_by_role("textbox", name="Title of the run").is_visible():
        press(page, "This run")
    page.get_by_role("textbox", name="Title of the run").fill("<i>../mine</i>")
    page.get_by_role("textbox", name="Title of the run").press("Enter")
    expect(page.get_by_role("combobox", name="On the charts")).to_have_value(
        "<i>../mine</i>", timeout=SECONDS
    )
    taken = {}
    for name in ("metrics.csv", "checkpoint.safetensors"):
        with page.expect_download(timeout=SECONDS) as download:
            press(page, name)
        taken[name] = tmp_path / name
        download.value.save_as(taken[name])
    assert len(taken["metrics.csv"].read_text().splitlines()) == 61
    assert (
        taken["checkpoint.safetensors"].read_bytes() == Run.find(runs / second).checkpoint_path.read_bytes()
    )

    page.keyboard.press("Escape")
    page.get_by_role("radio", name="All runs").click()
    field = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    field.wait_for(state="attached", timeout=SECONDS)
    field.set_input_files({"name": "bad.safetensors", "mimeType": "x/y", "buffer": b"nonsense"})
    expect(page.get_by_role("alert")).to_contain_text("not a checkpoint", timeout=SECONDS)
    field.set_input_files(taken["checkpoint.safetensors"])
    model = page.get_by_role("combobox", name="Current model")
    expect(model).to_have_value("run checkpoint.safetensors", timeout=SECONDS)
    expect(page).to_have_url(re.compile("model=run%3Aupload-"), timeout=SECONDS)


@pytest.mark.slow
def test_a_copied_link_opens_the_same_configuration(open_training, browser):
    page = open_training(SMALL + "&train_seed=9&train_schedule=noam&train_task=reverse&run=reverse")
    link = copied_link(page, "train_seed=9", "train_schedule=noam", "train_task=reverse")
    other = browser.new_context(locale="en-US").new_page()
    other.goto(link)
    expect(other.get_by_role("combobox", name="Task", exact=True)).to_have_value(
        "reverse digits", timeout=SECONDS
    )
    other.get_by_role("button", name="More", exact=True).click(timeout=SECONDS)
    for label, value in {"Steps": "20000", "Width D": "8", "Seed": "9", "Batch": "8"}.items():
        expect(other.get_by_role("spinbutton", name=label, exact=True)).to_have_value(value, timeout=SECONDS)
    expect(other.get_by_role("combobox", name="Schedule", exact=True)).to_have_value("noam")
    other.context.close()


def wait_until(condition: Callable[[], bool], page: Page) -> None:
    end = time.monotonic() + SECONDS / 1000
    while not condition():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


@pytest.mark.slow
def test_attention_is_scrubbed_through_the_training_and_shows_what_the_run_recorded(
    open_training, runs, settled
):
    before = set(runs.iterdir())
    page = open_training(SMALL + "&train_seed=3&run=sort")
    press(page, "Start")
    wait_until(lambda: set(runs.iterdir()) > before, page)
    (folder,) = set(runs.iterdir()) - before
    page.get_by_role("radio", name="Attention over training").click()
    frame, mirror = page.get_by_test_id("tg-frame"), page.get_by_test_id("tg-mirror")
    expect(frame).to_have_attribute("data-title", re.compile("after step [1-9]"), timeout=SECONDS)
    page.get_by_test_id("tg-first").click()  # stepping back during the run stays there
    expect(frame).to_have_attribute("data-title", "before the first step")
    count = int(page.get_by_test_id("tg-scrub").get_attribute("max"))
    wait_until(lambda: int(page.get_by_test_id("tg-scrub").get_attribute("max")) > count, page)
    expect(frame).to_have_attribute("data-title", "before the first step")
    page.get_by_test_id("tg-last").click()  # the last frame follows the run
    latest = frame.get_attribute("data-title")
    expect(frame).not_to_have_attribute("data-title", latest, timeout=SECONDS)
    page.get_by_role("radio", name="Train", exact=True).click()
    press(page, "Stop")
    progress(page, "stopped · step")

    page.get_by_role("radio", name="Attention over training").click()
    settled(page)  # the run thins its snapshots: only after its end do page and folder agree
    snapshots = Snapshots(folder)
    steps = snapshots.steps()
    expect(page.get_by_test_id("tg-scrub")).to_have_attribute("max", str(len(steps) - 1))
    seen = set()
    for place, recorded in enumerate(steps[:2]):
        page.get_by_test_id("tg-first").click()
        for _ in range(place):
            page.get_by_test_id("tg-next").click()
        if recorded:
            expect(frame).to_have_attribute("data-title", f"after step {recorded:,}")
        expect(mirror).to_have_attribute("data-frame", str(place))
        shown = page.locator('[data-tensor="cross-attention"] [data-index="0,1,2,3"]').get_attribute(
            "data-value"
        )
        weight = snapshots.read(recorded).weights["decoder.cross"][0, 1, 2, 3]
        assert float(shown) == pytest.approx(float(weight), rel=1e-3)
        seen.add(shown)
    assert len(seen) == 2
    expect(page).to_have_url(re.compile(f"train_moment={steps[1]}"), timeout=SECONDS)
