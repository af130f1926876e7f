"""The tensor grid in a real browser: the time of a step, the bytes sent, and the time to answer a click.

A step is measured from the key press until its pixels exist: the handler, the layout it causes, and reading
the canvas back, so that no drawing is deferred.
"""

import json
import statistics
from typing import Any

import numpy as np
from playwright.sync_api import Page

from benchmarks.browser import one_page
from benchmarks.server import ROOT, serve
from ui.tensor_grid import Frame, Scale, TensorView, grid_data

DEMO = ROOT / "tests" / "browser" / "apps" / "tensor_grid_demo.py"
STEPS = 60
CLICKS = 20
WALK = "decoding?show=all&input=8+2+8+3+4+4+9+0+8+1+5+6+3+3+1+7"
"""The decoding page: 3 layers x 4 heads of all three attentions for a source of 18 tokens, and candidates."""
SMALL, LARGE = (3, 4, 12, 12), (6, 8, 32, 32)

STEP_TIMES = """async (steps) => {
    const grid = document.querySelector("[data-testid=stBidiComponentIsolated]").shadowRoot
        .querySelector("[data-testid=tensor-grid]");
    const press = (key) => grid.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const times = [];
    for (let step = 0; step < steps; step++) {
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
        const begin = performance.now();
        press(step % 11 === 10 ? "Home" : "ArrowRight");
        for (const canvas of grid.querySelectorAll("canvas")) {
            if (canvas.width) canvas.getContext("2d").getImageData(0, 0, 1, 1);
        }
        grid.getBoundingClientRect();
        times.push(performance.now() - begin);
    }
    return times;
}"""

ANSWER_TIME = """() => {
    const answer = [...document.querySelectorAll("[data-testid=stText]")].find(
        (node) => node.textContent.startsWith("allowed"));
    window.answered = new Promise((done) => {
        let begin = 0;
        const start = () => (begin = performance.now());
        window.addEventListener("pointerup", start, { capture: true, once: true });
        new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - begin)))
            .observe(answer, { childList: true, characterData: true, subtree: true });
    });
}"""


def run() -> list[dict[str, Any]]:
    """One record per figure: name, value, unit, target."""
    with serve(DEMO) as (url, _), serve(ROOT / "app.py") as (app, _), one_page() as page:
        return [
            *_step_records(page, f"{url}/?show=heads", _size(SMALL), target=16),
            *_step_records(page, f"{url}/?show=many", _size(LARGE), target=50),
            *_step_records(page, f"{app}/{WALK}", "the decoding page, all attentions", target=50),
            _record("bytes of 12 steps of 3 x 4 x 12 x 12", _payload_bytes(), "B", 60_000),
            _record("click to answer, median", _answer_ms(page, f"{url}/?show=edit"), "ms", 250),
        ]


def _record(name: str, value: float, unit: str, target: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "unit": unit, "target": target, "met": value < target}


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _step_records(page: Page, url: str, name: str, target: float) -> list[dict[str, Any]]:
    _open(page, url)
    times = sorted(page.evaluate(STEP_TIMES, STEPS))
    return [
        _record(f"step of {name}, median", statistics.median(times), "ms", target),
        _record(f"step of {name}, p95", times[int(0.95 * len(times))], "ms", target),
    ]


def _payload_bytes() -> int:
    random = np.random.default_rng(0)
    frames = []
    for step in range(12):
        power = np.exp(3 * random.standard_normal(SMALL))
        weights = power / power.sum(axis=-1, keepdims=True)
        frames.append(Frame(f"step {step}", (TensorView("weights", weights, Scale.unit()),)))
    return len(json.dumps(grid_data(frames)))


def _answer_ms(page: Page, url: str) -> float:
    """Median time from releasing the mouse on a cell until Python's answer is on screen."""
    _open(page, url)
    box = page.locator("canvas.over").bounding_box()
    assert box is not None
    times: list[float] = []
    for click in range(CLICKS):
        page.evaluate(ANSWER_TIME)
        page.mouse.click(box["x"] + 60 + 44 * (click % 5), box["y"] + 60)
        times.append(page.evaluate("() => window.answered"))
    return statistics.median(times)


def _open(page: Page, url: str) -> None:
    page.goto(url)
    page.locator("[data-testid=tg-mirror][data-frame]").wait_for(state="attached", timeout=60_000)
    page.wait_for_timeout(500)
