"""The cost and the delay of watching a training on the page, with one and with thirty watchers.

It compares steps per second with the same training on the command line, which nobody watches. The two take
turns; the one that waits is stopped by a signal. It also measures the delay from a recorded step to the
picture that shows it. One watcher is a browser; the others receive the same event streams and draw nothing.

The browser runs on one core; the server, its training process and the command-line training share another.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks import extent
from benchmarks.live import LiveStream
from benchmarks.load import percentile
from benchmarks.measure import OURS, Comparison, Result, summary
from benchmarks.server import ROOT, serve, signalled_at_last
from transformer.learning.folder import METRICS
from transformer.learning.runs import Run
from ui.jobs.worker import stand_back
from ui.models import RUN_PREFIX
from ui.state import TrainingPage

TARGET = 0.97
DELAYS = {1: 400.0, 30: 1000.0}
"""For each number of watchers, the milliseconds within which 95 % of the steps must be on screen."""

ROUNDS = 10
SECONDS = 4.0
SETTLE = 1.0
"""Seconds at the start of a turn that are not counted."""

DELAYS_OVER = 30.0
"""Seconds during which delays are measured."""

LOOK = 0.002
"""Seconds between two reads of the recorded steps."""

STEPS = 20_000
PEER = "command line"
TOLD = ("progress", "steps", "newest", "samples")
"""The topics that the training page subscribes to."""

SHOWN = """() => {
    const nodes = [...document.querySelectorAll(".st-key-live_curves *")];
    const root = nodes.map((node) => node.shadowRoot?.querySelector(".live")).find(Boolean);
    window.shown = [];
    const painted = () => window.shown.push([Number(root.dataset.step), Date.now()]);
    new MutationObserver(() => setTimeout(painted, 0)).observe(root, { attributeFilter: ["data-step"] });
}"""
"""Records the last step of each painted picture, and the time."""


def run() -> Result:
    """A comparison and a delay for each number of watchers, in the page's default configuration."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        raise ImportError("two cores are needed, and a system that lets processes choose theirs")
    os.sched_setaffinity(0, cores[:1])  # the browser is started from here
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measure(Path(folder), cores[1])
    finally:
        os.sched_setaffinity(0, cores)


def _measure(folder: Path, core: int) -> Result:
    runs = folder / "page"
    with serve("app.py", core=core, RUNS_FOLDER=str(runs)) as (url, server), browser_page() as page:
        _start(page, url)
        (watched,) = runs.iterdir()
        with _command_line(folder, Run.find(watched), core) as program:
            contenders = {
                OURS: (watched / METRICS, _family(server.pid)),
                PEER: (folder / "terminal" / METRICS, [program.pid]),
            }
            comparisons, records = list[Comparison](), list[dict[str, Any]]()
            for count in DELAYS:
                with _listeners(url, watched.name, count - 1):
                    comparisons.append(_compared(count, _take_turns(contenders)))
                    with _stopped([program.pid]):
                        records.append(_delay_record(count, _delays(page, watched / METRICS)))
    rounds, seconds = extent.rounds(ROUNDS), extent.seconds(SECONDS)
    note = f"{rounds} rounds of {seconds:g} s each; ours is the training that is watched."
    return Result(tuple(comparisons), (note,), records)


def _compared(count: int, speeds: Mapping[str, list[float]]) -> Comparison:
    ratios = [ours / theirs for ours, theirs in zip(speeds[OURS], speeds[PEER], strict=True)]
    found = {name: summary(values) for name, values in speeds.items()}
    return Comparison(f"watched by {count}", "steps/s", found, {PEER: summary(ratios)}, TARGET)


@contextmanager
def _listeners(url: str, run: str, count: int) -> Iterator[None]:
    """Open `count` additional event streams, in a separate thread."""
    topics = [{"kind": kind, "words": {"run": RUN_PREFIX + run}, "after": 0} for kind in TOLD]
    ended = threading.Event()

    async def listen() -> None:
        streams = [LiveStream(url, None, topics) for _ in range(count)]
        await asyncio.to_thread(ended.wait)
        for stream in streams:
            stream.close()
        assert all(stream.received for stream in streams), "a stream that told nothing"

    thread = threading.Thread(target=asyncio.run, args=(listen(),))
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


# --- from a recorded step to its point on screen -----------------------------------------------------------


def _delays(page: Page, metrics: Path) -> list[float]:
    """The delay in milliseconds of each step recorded meanwhile, in ascending order."""
    page.evaluate(SHOWN)
    recorded: dict[int, float] = {}
    end = time.monotonic() + extent.seconds(DELAYS_OVER)
    thread = threading.Thread(target=_note_recorded, args=(metrics, end, recorded))
    thread.start()
    while thread.is_alive():
        page.wait_for_timeout(100)
    page.wait_for_timeout(5000)  # until the last recorded steps are shown
    return delays(recorded, page.evaluate("() => window.shown"))


def _note_recorded(metrics: Path, end: float, found: dict[int, float]) -> None:
    """Record in `found` when each step was written, in milliseconds since 1970."""
    with metrics.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.readline()  # skip the rest of a line that is being written
        rest = b""
        while time.monotonic() < end:
            *lines, rest = (rest + file.read()).split(b"\n")
            found |= {json.loads(line)["step"]: 1000 * time.time() for line in lines}
            time.sleep(LOOK)


def delays(recorded: Mapping[int, float], shown: Sequence[tuple[int, float]]) -> list[float]:
    """The delays from recorded to shown, in ascending order; infinite for a step that was never shown."""
    found = []
    for step, when in recorded.items():
        seen = [at for last, at in shown if last >= step]
        found.append(min(seen, default=float("inf")) - when)
    return sorted(found)


def _delay_record(count: int, found: Sequence[float]) -> dict[str, Any]:
    value = percentile(found, 0.95)
    return {
        "name": f"recorded step to its point on screen, p95, watched by {count}",
        "value": round(value),
        "unit": "ms",
        "target": DELAYS[count],
        "met": value < DELAYS[count],
        "detail": f"{len(found)} steps, median {percentile(found, 0.5):.0f} ms",
    }


# --- steps per second --------------------------------------------------------------------------------------


def _start(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("heading", level=1).wait_for(timeout=60_000)
    page.goto(f"{url}/training?{TrainingPage.steps.name}={STEPS}")
    page.get_by_role("button", name="Start", exact=True).click(timeout=60_000)
    page.get_by_text(re.compile(r"training · step [\d,]{2,} of")).first.wait_for(timeout=240_000)


@contextmanager
def _command_line(folder: Path, like: Run, core: int) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the training of `like` again on the command line."""
    run = Run.create(folder, "terminal", *like.configs(), threads=like.threads)
    program = subprocess.Popen(
        [sys.executable, "-m", "transformer.train", "--resume", str(run.path)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # like the page's training: Linux may divide processor time by session
        preexec_fn=lambda: os.sched_setaffinity(0, [core]),
    )
    stand_back(program.pid)  # like the page's training
    with signalled_at_last(signal.SIGKILL, program.pid):
        while not _steps(run.path / METRICS) and program.poll() is None:
            time.sleep(0.1)
        yield program
    program.wait()


def _take_turns(contenders: Mapping[str, tuple[Path, Sequence[int]]]) -> dict[str, list[float]]:
    """Steps per second of each contender, by round; all are resumed afterwards."""
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    processes = [pid for _, pids in contenders.values() for pid in pids]
    with _stopped(processes):
        for number in range(extent.rounds(ROUNDS)):
            for name in sorted(contenders, reverse=number % 2 == 1):
                metrics, pids = contenders[name]
                _send(pids, signal.SIGCONT)
                time.sleep(SETTLE)
                before, began = _steps(metrics), time.perf_counter()
                time.sleep(extent.seconds(SECONDS))
                speeds[name].append((_steps(metrics) - before) / (time.perf_counter() - began))
                _send(pids, signal.SIGSTOP)
    return speeds


@contextmanager
def _stopped(processes: Sequence[int]) -> Iterator[None]:
    """Stop processes within the block, and resume them at its end."""
    with signalled_at_last(signal.SIGCONT, *processes):
        _send(processes, signal.SIGSTOP)
        yield


def _steps(metrics: Path) -> int:
    """The number of steps that a run has recorded."""
    return metrics.read_bytes().count(b"\n") if metrics.exists() else 0


def _send(processes: Sequence[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):  # a child of the server that has ended
            os.kill(pid, number)


def _family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    named = [int(child) for words in children for child in words.read_text().split()]
    return [pid, *(one for child in named for one in _family(child))]


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page in a new browser, with English as its language."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
        browser.close()
