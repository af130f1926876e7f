"""What watching costs: training steps per second behind the page, a browser looking on, and without either.

The browser has one core; the server, its training process and the training from the command line share the
other. The two trainings take turns: whoever has no turn is stopped by a signal, so that it takes no time.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.measure import OURS, Comparison, Result, summary
from benchmarks.server import ROOT, serve, signalled_at_last
from transformer.learning.folder import METRICS
from transformer.learning.runs import Run
from ui.state import TrainingPage

TARGET = 0.85
ROUNDS = 10
SECONDS = 4.0
SETTLE = 1.0
"""Seconds of a turn before counting begins."""

STEPS = 20_000
PEER = "command line"


def run() -> Result:
    """One comparison, of the page's default configuration."""
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
            speeds = _take_turns(contenders)
    ratios = [ours / theirs for ours, theirs in zip(speeds[OURS], speeds[PEER], strict=True)]
    found = {name: summary(values) for name, values in speeds.items()}
    return Result(
        (Comparison("watched in a browser", "steps/s", found, {PEER: summary(ratios)}, TARGET),),
        (f"{ROUNDS} rounds of {SECONDS:g} s each; ours is the training that a browser watches.",),
    )


def _start(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("heading", level=1).wait_for(timeout=60_000)
    page.goto(f"{url}/training?{TrainingPage.steps.name}={STEPS}")
    page.get_by_role("button", name="Start", exact=True).click(timeout=60_000)
    page.get_by_text(re.compile(r"training · step [\d,]{3,} of")).first.wait_for(timeout=120_000)


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
    with signalled_at_last(signal.SIGKILL, program.pid):
        while not _steps(run.path / METRICS) and program.poll() is None:
            time.sleep(0.1)
        yield program
    program.wait()


def _take_turns(contenders: Mapping[str, tuple[Path, Sequence[int]]]) -> dict[str, list[float]]:
    """Steps per second of each, round by round; all go on afterwards."""
    speeds: dict[str, list[float]] = {name: [] for name in contenders}
    processes = [pid for _, pids in contenders.values() for pid in pids]
    with signalled_at_last(signal.SIGCONT, *processes):
        _send(processes, signal.SIGSTOP)
        for number in range(ROUNDS):
            for name in sorted(contenders, reverse=number % 2 == 1):
                metrics, pids = contenders[name]
                _send(pids, signal.SIGCONT)
                time.sleep(SETTLE)
                before, began = _steps(metrics), time.perf_counter()
                time.sleep(SECONDS)
                speeds[name].append((_steps(metrics) - before) / (time.perf_counter() - began))
                _send(pids, signal.SIGSTOP)
    return speeds


def _steps(metrics: Path) -> int:
    """How many steps a run has recorded."""
    return metrics.read_bytes().count(b"\n") if metrics.exists() else 0


def _send(processes: Sequence[int], number: signal.Signals) -> None:
    for pid in processes:
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
