"""The standalone page: a decoding step, a typed input and the first paint, compared with the app's answer.

The page runs entirely on the browser's main thread, so on one core.
"""

import base64
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.browser import arm, chromium, fresh, open_page, read
from benchmarks.server import ROOT, serve
from transformer.learning.checkpoint import shipped_checkpoint
from transformer.standalone.page import page as standalone_page
from transformer.standalone.page import weights
from transformer.standalone.sources import MODEL

ROUNDS = 10
DIGITS = "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 {last}"
STEP_TARGET, PAINT_TARGET, MEGABYTES_TARGET = 16.0, 1000.0, 2.5
Record = dict[str, Any]

DECODE = """([code, weights, source, rounds]) => {
    const { readCheckpoint, decodeSteps } =
        new Function(code + "\\nreturn { readCheckpoint, decodeSteps };")();
    const bytes = Uint8Array.from(atob(weights), (character) => character.charCodeAt(0));
    const model = readCheckpoint(bytes.buffer);
    const longest = [];
    for (let round = 0; round <= rounds; round++) {
        const steps = decodeSteps(model, source, 40);
        let most = 0;
        for (let done = false; !done; ) {
            const began = performance.now();
            done = steps.next().done;
            most = Math.max(most, performance.now() - began);
        }
        if (round) longest.push(most); // the first one is compiled
    }
    return longest;
}"""
"""The slowest step of each round, in milliseconds: the first, which encodes the source, or the last."""

TYPE = """(text) => new Promise((done) => {
    const input = document.querySelector("#controls input");
    input.value = text;
    const began = performance.now();
    input.dispatchEvent(new Event("input"));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - began), 0));
})"""

PAINTED = """() => new Promise((done) => {
    const wait = () => {
        const [entry] = performance.getEntriesByName("first-contentful-paint");
        const drawn = document.querySelector("main canvas");
        if (entry && drawn) done([entry.startTime, performance.now()]);
        else setTimeout(wait, 2);
    };
    wait();
})"""


def run() -> list[Record]:
    """One record per figure: name, value, unit, target, met, detail."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        file = Path(folder) / "sort.html"
        file.write_text(standalone_page(shipped_checkpoint("sort")), encoding="utf-8")
        megabytes = file.stat().st_size / 1e6
        return [
            _record("size of the file", megabytes, "MB", MEGABYTES_TARGET),
            *_paints(browser, file.as_uri()),
            _median(
                "a step of decoding at 16 digits, the slowest of an answer", _steps(browser), STEP_TARGET
            ),
            _median("an input of 16 digits is typed: in the page", _typed(browser, file.as_uri())),
            _median("an input of 16 digits is typed: in the app", _typed_in_app(browser, folder)),
        ]


def _record(name: str, value: float, unit: str, target: float | None = None, detail: str = "") -> Record:
    met = target is None or value < target
    return {
        "name": name, "value": round(value, 2), "unit": unit, "target": target, "met": met, "detail": detail,
    }  # fmt: skip


def _median(name: str, times: Sequence[float], target: float | None = None) -> Record:
    detail = f"{min(times):.1f} to {max(times):.1f} ms in {len(times)} rounds"
    return _record(name, statistics.median(times), "ms", target, detail)


def _steps(browser: Browser) -> list[float]:
    checkpoint = shipped_checkpoint("sort")
    encoded = base64.b64encode(weights(checkpoint)).decode()
    page = fresh(browser).new_page()
    source = checkpoint.task.encode(DIGITS.format(last=3))
    times: list[float] = page.evaluate(DECODE, [MODEL, encoded, source, ROUNDS])
    page.context.close()
    return times


def _paints(browser: Browser, url: str) -> list[Record]:
    """First paint and drawn answer, in a browser with an empty cache."""
    first, whole = [], []
    for _ in range(ROUNDS):
        page = fresh(browser).new_page()
        page.goto(url)
        paint, drawn = page.evaluate(PAINTED)
        first.append(paint)
        whole.append(drawn)
        page.context.close()
    return [_median("first paint", first, PAINT_TARGET), _median("the answer is drawn", whole, PAINT_TARGET)]


def _typed(browser: Browser, url: str) -> list[float]:
    page = fresh(browser).new_page()
    page.goto(url)
    page.evaluate(PAINTED)
    times = [page.evaluate(TYPE, DIGITS.format(last=number % 10)) for number in range(ROUNDS + 1)]
    page.context.close()
    return times[1:]


def _typed_in_app(browser: Browser, runs: str) -> list[float]:
    """The times from Enter until the picture has changed."""
    with serve(ROOT / "app.py", RUNS_FOLDER=runs) as (url, _):
        page = fresh(browser).new_page()
        open_page(page, f"{url}/decoding")
        times = [_answer(page, DIGITS.format(last=number % 10)) for number in range(ROUNDS + 1)]
        page.context.close()
    return times[1:]


def _answer(page: Page, text: str) -> float:
    field = page.get_by_role("textbox", name="Input, one a line")
    field.fill(text)
    arm(page, ".st-key-decoding_grid")
    field.press("Control+Enter")
    return read(page).picture
