"""Several visitors at once cause no errors and leave nothing behind. A whole class is a benchmark."""

import asyncio
import random
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks.load import act, busy, percentile, token, tracebacks, train
from benchmarks.server import ROOT, serve, signalled_at_last
from benchmarks.visitor import Visitor
from transformer.learning.folder import METRICS
from transformer.learning.lock import live_writer
from transformer.learning.runs import Run

ACTIONS = 8
PATIENCE = 120


@pytest.mark.slow
@pytest.mark.timing
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_visitors_meet_no_error_and_leave_nothing_behind(tmp_path):
    log, runs = tmp_path / "log", tmp_path / "runs"
    given = {"CLASSROOM": "1", "RUNS_FOLDER": str(runs), "TRAINING_GRACE": "4"}
    with serve("app.py", options=["--server.disconnectedSessionTTL=1"], log=log, **given) as (url, server):
        with ThreadPoolExecutor() as aside:  # Playwright's event loop may run in this thread
            aside.submit(asyncio.run, _visit(url, runs)).result()
        (folder,) = _folders(runs)
        _wait_for(lambda: live_writer(folder) is None)
        _wait_for(lambda: len(_children(server.pid)) <= 1)  # the spare worker
        assert Run.find(folder).checkpoint().about["step"] > 0
    assert tracebacks(log) == []


async def _visit(url: str, runs: Path) -> None:
    visitors = [Visitor(url, token()) for _ in range(4)]
    for visitor in visitors:
        await visitor.open()
    await train(visitors[0])
    chances = [random.Random(number) for number in range(4)]
    work = [busy(visitor, chance, ACTIONS) for visitor, chance in zip(visitors[1:], chances[1:], strict=True)]
    await asyncio.gather(act(visitors[0], chances[0], stays=True), *work)
    (folder,) = _folders(runs)
    await asyncio.to_thread(_wait_for, lambda: (folder / METRICS).exists())
    assert _active(url) == 4
    assert {problem for visitor in visitors for problem in visitor.problems} == set()
    for visitor in visitors:
        await visitor.close()
    await asyncio.to_thread(_wait_for, lambda: _active(url) == 0)


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _folders(runs: Path) -> list[Path]:
    return [path for path in runs.iterdir() if path.is_dir()]


def _active(url: str) -> int:
    """How many sessions Streamlit counts as connected."""
    with urllib.request.urlopen(f"{url}/_stcore/metrics") as answer:
        text = answer.read().decode()
    return int(float(re.search(r"^active_sessions(?:{[^}]*})? (\S+)", text, re.MULTILINE)[1]))


def _children(pid: int) -> list[int]:
    files = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for file in files for word in file.read_text().split()]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs POSIX signals")
def test_a_stopped_process_is_ended_even_if_the_program_that_stopped_it_is_killed():
    program = f"""
import signal, subprocess, sys, time
sys.path.insert(0, {str(ROOT)!r})
from benchmarks.server import signalled_at_last
child = subprocess.Popen(["sleep", "100"])
with signalled_at_last(signal.SIGCONT, child.pid), signalled_at_last(signal.SIGTERM, child.pid):
    child.send_signal(signal.SIGSTOP)
    print(child.pid, flush=True)
    time.sleep(100)
"""
    killed = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert killed.stdout
    pid = int(killed.stdout.readline())
    killed.kill()
    killed.wait()
    _wait_for(lambda: not _runs(pid))


def test_a_signal_at_last_reaches_a_process_when_the_block_is_left():
    child = subprocess.Popen(["sleep", "100"])
    with signalled_at_last(signal.SIGTERM, child.pid):
        assert child.poll() is None
    assert child.wait(30) == -signal.SIGTERM


def _runs(pid: int) -> bool:
    """Whether a process runs and is not a zombie."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_percentile_is_one_of_the_values():
    assert percentile(list(range(100)), 0.95) == 95
    assert percentile([1.0], 0.95) == 1.0
