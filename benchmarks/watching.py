"""What watching costs, and how soon it shows: a training behind the page, watched by one and by thirty.

Steps per second beside the same training from the command line, which nobody watches. The two take turns:
whoever has no turn is stopped by a signal, so that it takes no time. And the time from a recorded step to the
picture that has it. One of those who watch is a browser; the others hear the same streams and draw nothing.

The browser has one core; the server, its training process and the training from the command line share the
other.
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
"""For so many who watch, the milliseconds within which 95 of 100 steps are to be on screen."""

ROUNDS = 10
SECONDS = 4.0
SETTLE = 1.0
"""Seconds of a turn before counting begins."""

DELAYS_OVER = 30.0
"""Seconds over which steps are seen to arrive."""

LOOK = 0.002
"""Seconds from one look at what is recorded to the next."""

STEPS = 20_000
PEER = "command line"
TOLD = ("progress", "steps", "newest", "samples")
"""What the training page listens to."""

SHOWN = """() => {
    const nodes = [...document.querySelectorAll(".st-key-live_curves *")];
    const root = nodes.map((node) => node.shadowRoot?.querySelector(".live")).find(Boolean);
    window.shown = [];
    const painted = () => window.shown.push([Number(root.dataset.step), Date.now()]);
    new MutationObserver(() => setTimeout(painted, 0)).observe(root, { attributeFilter: ["data-step"] });
}"""
"""Notes when a picture with which step as its last was painted."""


def run() -> Result:
    """A comparison and a delay for each number of those who watch; of the page's default configuration."""
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
    """So many streams more, in a thread of their own."""
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
    """Milliseconds for each step that was recorded meanwhile, in order of length."""
    page.evaluate(SHOWN)
    recorded: dict[int, float] = {}
    end = time.monotonic() + extent.seconds(DELAYS_OVER)
    thread = threading.Thread(target=_note_recorded, args=(metrics, end, recorded))
    thread.start()
    while thread.is_alive():
        page.wait_for_timeout(100)
    page.wait_for_timeout(5000)  # what was recorded last is shown
    return delays(recorded, page.evaluate("() => window.shown"))


def _note_recorded(metrics: Path, end: float, found: dict[int, float]) -> None:
    """When which step was written, in milliseconds since 1970."""
    with metrics.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.readline()  # it may have been in the midst of a line
        rest = b""
        while time.monotonic() < end:
            *lines, rest = (rest + file.read()).split(b"\n")
            found |= {json.loads(line)["step"]: 1000 * time.time() for line in lines}
            time.sleep(LOOK)


def delays(recorded: Mapping[int, float], shown: Sequence[tuple[int, float]]) -> list[float]:
    """From recorded to shown, in order of length; without end for a step that no picture had."""
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
    """The training of `like` once more, from a terminal."""
    run = Run.create(folder, "terminal", *like.configs(), threads=like.threads)
    program = subprocess.Popen(
        [sys.executable, "-m", "transformer.train", "--resume", str(run.path)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # as the page's own: Linux may share out time by session
        preexec_fn=lambda: os.sched_setaffinity(0, [core]),
    )
    stand_back(program.pid)  # as the page's
    with signalled_at_last(signal.SIGKILL, program.pid):
        while not _steps(run.path / METRICS) and program.poll() is None:
            time.sleep(0.1)
        yield program
    program.wait()


def _take_turns(contenders: Mapping[str, tuple[Path, Sequence[int]]]) -> dict[str, list[float]]:
    """Steps per second of each, round by round; all go on afterwards."""
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
    """Keep processes from running."""
    with signalled_at_last(signal.SIGCONT, *processes):
        _send(processes, signal.SIGSTOP)
        yield


def _steps(metrics: Path) -> int:
    """How many steps a run has recorded."""
    return metrics.read_bytes().count(b"\n") if metrics.exists() else 0


def _send(processes: Sequence[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):  # what the server had started, and has ended since
            os.kill(pid, number)


def _family(pid: int) -> list[int]:
    """A process and all that come from it."""
    children = Path(f"/proc/{pid}/task").glob("*/children")
    named = [int(child) for words in children for child in words.read_text().split()]
    return [pid, *(one for child in named for one in _family(child))]


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page of English size and language, in a browser of its own."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
        browser.close()
