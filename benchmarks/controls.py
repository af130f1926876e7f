"""The training page's controls in a real browser: the time from a click until the screen shows its effect.

Training goes on meanwhile, with its own choice of threads. The effect is that the progress line shows the new
state or, for a single step, the next step number.
"""

import re
import statistics
import tempfile
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

from benchmarks import extent
from benchmarks.server import ROOT, serve
from benchmarks.watching import STEPS, browser_page
from ui.state import TrainingPage

ROUNDS = 10
SETTLE = 1500
"""Milliseconds of training between two clicks."""

READY = 5000
"""Milliseconds before Start, in which the next process warms up."""

CONTROLS: Sequence[tuple[str, str, float]] = (
    ("Start", r"training · step [1-9]", 1000),
    ("Pause", r"paused · step", 300),
    ("Step", r"paused · step {next} of", 300),
    ("Resume", r"training · step", 300),
    ("Stop", r"stopped · step", 300),
)
"""Each control, the progress line once it has acted, and the milliseconds that this may take."""

WAIT_FOR = """pattern => {
    const wanted = new RegExp(pattern), whole = { childList: true, characterData: true, subtree: true };
    window.acted = new Promise((done) => {
        let begin = null;
        const nodes = [...document.querySelectorAll(".st-key-live_progress *")];
        const roots = nodes.map((node) => node.shadowRoot);
        const lines = () => roots.flatMap((root) => (root ? [...root.querySelectorAll(".bar .text")] : []));
        const look = () => {
            if (begin === null || !lines().some((line) => wanted.test(line.innerText))) return;
            observer.disconnect();
            requestAnimationFrame(() => done(performance.now() - begin));
        };
        const observer = new MutationObserver(look);
        window.addEventListener("click", () => (begin = performance.now()), { capture: true, once: true });
        for (const root of roots) if (root) observer.observe(root, whole);
    });
}"""


def run() -> list[dict[str, Any]]:
    """Two records per control: the median and the slowest of the clicks."""
    times: dict[str, list[float]] = {name: [] for name, _, _ in CONTROLS}
    with (
        tempfile.TemporaryDirectory() as runs,
        serve(ROOT / "app.py", RUNS_FOLDER=runs) as (url, _),
        browser_page() as page,
    ):
        page.goto(url)
        page.get_by_role("heading", level=1).wait_for(timeout=60_000)
        page.goto(f"{url}/training?{TrainingPage.steps.name}={STEPS}")
        for _ in range(extent.rounds(ROUNDS)):
            page.wait_for_timeout(READY)
            for name, says, _ in CONTROLS:
                times[name].append(_click(page, name, says))
                page.wait_for_timeout(SETTLE)
    return [record for name, _, target in CONTROLS for record in _records(name, times[name], target)]


def _click(page: Page, name: str, says: str) -> float:
    """Milliseconds from the click until the progress line matches."""
    button = page.get_by_test_id("stMain").get_by_role("button", name=name, exact=True)
    button.wait_for(timeout=60_000)
    if name == "Step":
        line = page.locator(".st-key-live_progress .bar").first.inner_text()
        found = re.search(r"step ([\d,]+) of", line)
        assert found, line
        says = says.format(next=f"{int(found[1].replace(',', '')) + 1:,}")
    page.evaluate(WAIT_FOR, says)
    button.click()
    return float(page.evaluate("() => window.acted"))


def _records(name: str, times: Sequence[float], target: float) -> list[dict[str, Any]]:
    figures = {"median": statistics.median(times), f"slowest of {len(times)}": max(times)}
    return [
        {
            "name": f"{name}, {which}",
            "value": round(value),
            "unit": "ms",
            "target": target,
            "met": value < target,
        }
        for which, value in figures.items()
    ]
