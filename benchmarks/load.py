"""A class at work: thirty tabs that do something every two seconds on all pages, two of them training.

One server in classroom mode, each tab with an owner of its own. The tabs are `benchmarks.visitor.Visitor`s,
which draw nothing and so leave the processor to the server. Memory is what the server's own process holds.
"""

import asyncio
import os
import random
import re
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import extent
from benchmarks.server import serve
from benchmarks.visitor import Visitor, Widget

VISITORS, TRAINERS = 30, 2
PAUSE = 2.0
"""Seconds from one thing that a visitor does to the next."""

SECONDS = 120.0
"""How long the class is at work."""

SWITCHES = 0.25
"""The share of what visitors do that is going to another page."""

TRAINING = "training"
LONG_RUN = "train_steps=20000"
WARMING = 500
"""Reruns before the class comes."""
FILLING, RERUNS = 2500, 3000
"""Reruns until what keeps results for whoever asks next is full, and more, after which memory is as it was:
with those before, 6,000."""
PROCESSOR_TARGET = 40
"""Percent of a core."""
CONNECTIONS, AT_ONCE = 200, 10
KEPT = 5
"""Seconds that the server keeps the session of a closed tab, here; Streamlit's own are 120."""


@dataclass
class Class:
    """What has been seen of the tabs together."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Per page, from asking for a run of the script to its end."""
    problems: list[str] = field(default_factory=list)

    def note(self, page: str, seconds: float) -> None:
        """One run of a page."""
        self.seconds.setdefault(page or "home", []).append(seconds)

    def all(self) -> list[float]:
        """In order of length."""
        return sorted(seconds for page in self.seconds.values() for seconds in page)


def run() -> list[dict[str, Any]]:
    """One record per figure: name, value, unit, target."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        options = [f"--server.disconnectedSessionTTL={KEPT}"]
        runs = str(Path(folder) / "runs")
        with serve("app.py", options=options, log=log, CLASSROOM="1", RUNS_FOLDER=runs) as (url, server):
            records = asyncio.run(_measure(url, server.pid))
        return [*records, _record("tracebacks in the server's log", len(tracebacks(log)), "", 1)]


async def _measure(url: str, pid: int) -> list[dict[str, Any]]:
    first = Visitor(url, token())
    await first.open()
    await busy(first, random.Random(0), extent.rounds(WARMING))
    alone = memory(pid)
    seen, own, theirs, began = Class(), time.process_time(), processor_seconds(pid), time.monotonic()
    visitors = await _work(url, seen)
    lasted = time.monotonic() - began
    own, theirs = time.process_time() - own, processor_seconds(pid) - theirs
    each = (memory(pid) - alone) / VISITORS
    for visitor in visitors:
        await visitor.close()
    times = seen.all()
    slowest = max(seen.seconds, key=lambda page: statistics.median(seen.seconds[page]))
    name = (
        f"script time, 95th percentile of {len(times):,} (median {statistics.median(times):.2f} s, most "
        f"{times[-1]:.2f} s; {slowest} {statistics.median(seen.seconds[slowest]):.2f} s)"
    )
    return [
        _record(name, percentile(times, 0.95), "s", 1),
        _record("exceptions shown, scripts that did not finish", len(seen.problems), "", 1),
        _record("memory per extra connection", each, "MB", 10),
        _record("the server's own processor time, of one core", 100 * theirs / lasted, "%", PROCESSOR_TARGET),
        _record("this program's processor time, of one core", 100 * own / lasted, "%", 25),
        _record(
            f"memory gained in {extent.rounds(RERUNS):,} reruns after {extent.rounds(FILLING + WARMING):,}",
            await _gained(first, pid),
            "%",
            5,
        ),
        _record(
            f"memory gained by {extent.rounds(CONNECTIONS)} connections opened and closed",
            await _left(url, pid),
            "%",
            5,
        ),
    ]


async def _work(url: str, seen: Class) -> list[Visitor]:
    """A class comes and works; returned with its tabs open and its trainings under way."""
    visitors = [Visitor(url, token()) for _ in range(VISITORS)]
    end = time.monotonic() + extent.seconds(SECONDS)
    await asyncio.gather(
        *(_attend(visitor, seen, number, end, number < TRAINERS) for number, visitor in enumerate(visitors))
    )
    seen.problems += [problem for visitor in visitors for problem in visitor.problems]
    return visitors


async def _attend(visitor: Visitor, seen: Class, number: int, end: float, trains: bool) -> None:
    """One tab's lesson; one that trains stays on the training page and watches."""
    chance = random.Random(number)
    await asyncio.sleep(PAUSE * number / VISITORS)
    seen.note("", await visitor.open())
    if trains:
        await train(visitor)
    while (begins := time.monotonic()) < end:
        seconds = await act(visitor, chance, stays=trains)
        seen.note(visitor.page, seconds)
        await asyncio.sleep(max(begins + PAUSE - time.monotonic(), 0))


async def train(visitor: Visitor) -> None:
    """Press Start on the training page, for a run that outlasts any measurement."""
    await visitor.go(TRAINING, query=LONG_RUN)
    start = visitor.widget("start_button")
    if start is None:
        visitor.problems.append("there is no Start to press")
    else:
        await visitor.change(start, True)


async def act(visitor: Visitor, chance: random.Random, *, stays: bool = False) -> float:
    """Change something on the page, or go to another one; returns the seconds it took."""
    if stays or chance.random() >= SWITCHES:
        there = [widget for widget in visitor.widgets() if _is_harmless(visitor.page, widget)]
        for widget in chance.sample(there, len(there)):
            value = widget.other(chance)
            if value is not None:
                return await visitor.change(widget, value)
    return await visitor.go(chance.choice(sorted(visitor.pages.keys() - {visitor.page})))


def _is_harmless(page: str, widget: Widget) -> bool:
    """Whether it starts no training and stops none."""
    return page != TRAINING or (widget.kind != "button" and not widget.key.startswith("training_run"))


async def busy(visitor: Visitor, chance: random.Random, actions: int) -> None:
    """Act again and again without a pause."""
    for _ in range(actions):
        await act(visitor, chance)


async def _gained(visitor: Visitor, pid: int) -> float:
    """How much more memory the server has after some reruns, in percent.

    Before them there are as many as it takes to fill what keeps results for whoever asks next
    (`ui.remembered`, and models): that has a limit, and grows up to it.
    """
    chance = random.Random(1)
    await busy(visitor, chance, extent.rounds(FILLING))
    before = memory(pid)
    await busy(visitor, chance, extent.rounds(RERUNS))
    return 100 * (memory(pid) / before - 1)


async def _left(url: str, pid: int) -> float:
    """How much memory tabs leave behind that come, look at two pages and go, in percent."""
    await _come_and_go(url, extent.rounds(CONNECTIONS // 2))
    before = memory(pid)
    await _come_and_go(url, extent.rounds(CONNECTIONS))
    return 100 * (memory(pid) / before - 1)


async def _come_and_go(url: str, count: int) -> None:
    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*(_look_in(url, number) for number in range(first, first + AT_ONCE)))
    await asyncio.sleep(KEPT + 1)
    await _look_in(url, 0)  # Streamlit forgets old sessions when it hears of another one


async def _look_in(url: str, number: int) -> None:
    visitor = Visitor(url, token())
    await visitor.open()
    await busy(visitor, random.Random(number), 2)
    await visitor.close()


def token() -> str:
    """What `ui.ownership` knows a browser by."""
    return secrets.token_urlsafe(32)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def memory(pid: int) -> float:
    """Megabytes that a process holds; pages shared with others count in part."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert found
    return int(found[1]) / 1000


def processor_seconds(pid: int) -> float:
    """Seconds of processor time that a process has taken, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tracebacks(log: Path) -> list[str]:
    """Errors that the server has written to its log."""
    return list(_errors(log.read_text(errors="replace").splitlines()))


def _errors(lines: Sequence[str]) -> Iterator[str]:
    yield from (line for line in lines if line.startswith("Traceback"))


def _record(name: str, value: float, unit: str, target: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "unit": unit, "target": target, "met": value < target}
