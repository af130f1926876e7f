"""Load of a class: thirty tabs that act every two seconds on all pages, two of them training.

One server in classroom mode, with a different owner for each tab. The tabs are `benchmarks.visitor.Visitor`s,
which draw nothing, so they leave the processor to the server. Memory is that of the server's own process.
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
"""Seconds between two actions of a visitor."""

SECONDS = 120.0
"""Duration of the class."""

SWITCHES = 0.25
"""Share of actions that go to another page."""

TRAINING = "training"
LONG_RUN = "train_steps=20000"
WARMING = 500
"""Reruns before the class starts."""
FILLING, RERUNS = 2500, 3000
"""Reruns that fill the caches of results, and further ones after which memory must not have grown; 6,000 in
all with `WARMING`."""
PROCESSOR_TARGET = 40
"""Percent of a core."""
CONNECTIONS, AT_ONCE = 200, 10
KEPT = 5
"""Seconds that the server keeps the session of a closed tab here; Streamlit's default is 120."""


@dataclass
class Class:
    """The measurements of all tabs together."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    """By page, the times from requesting a script run to its end."""
    problems: list[str] = field(default_factory=list)

    def note(self, page: str, seconds: float) -> None:
        """Record one script run of a page."""
        self.seconds.setdefault(page or "home", []).append(seconds)

    def all(self) -> list[float]:
        """All times in ascending order."""
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
    """Let a class work; returns its visitors, with tabs open and trainings still running."""
    visitors = [Visitor(url, token()) for _ in range(VISITORS)]
    end = time.monotonic() + extent.seconds(SECONDS)
    await asyncio.gather(
        *(_attend(visitor, seen, number, end, number < TRAINERS) for number, visitor in enumerate(visitors))
    )
    seen.problems += [problem for visitor in visitors for problem in visitor.problems]
    return visitors


async def _attend(visitor: Visitor, seen: Class, number: int, end: float, trains: bool) -> None:
    """The actions of one tab; one that trains stays on the training page."""
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
    """Whether changing the widget cannot start or stop a training."""
    return page != TRAINING or (widget.kind != "button" and not widget.key.startswith("training_run"))


async def busy(visitor: Visitor, chance: random.Random, actions: int) -> None:
    """Act repeatedly without a pause."""
    for _ in range(actions):
        await act(visitor, chance)


async def _gained(visitor: Visitor, pid: int) -> float:
    """The growth of the server's memory during some reruns, in percent.

    Before them, other reruns fill the caches of results (`ui.remembered`) and models, which grow up to a
    limit.
    """
    chance = random.Random(1)
    await busy(visitor, chance, extent.rounds(FILLING))
    before = memory(pid)
    await busy(visitor, chance, extent.rounds(RERUNS))
    return 100 * (memory(pid) / before - 1)


async def _left(url: str, pid: int) -> float:
    """The growth of memory by tabs that are opened, used twice and closed, in percent."""
    await _come_and_go(url, extent.rounds(CONNECTIONS // 2))
    before = memory(pid)
    await _come_and_go(url, extent.rounds(CONNECTIONS))
    return 100 * (memory(pid) / before - 1)


async def _come_and_go(url: str, count: int) -> None:
    for first in range(0, count, AT_ONCE):
        await asyncio.gather(*(_look_in(url, number) for number in range(first, first + AT_ONCE)))
    await asyncio.sleep(KEPT + 1)
    await _look_in(url, 0)  # Streamlit drops old sessions when a new one connects


async def _look_in(url: str, number: int) -> None:
    visitor = Visitor(url, token())
    await visitor.open()
    await busy(visitor, random.Random(number), 2)
    await visitor.close()


def token() -> str:
    """A new token by which `ui.ownership` identifies a browser."""
    return secrets.token_urlsafe(32)


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def memory(pid: int) -> float:
    """Memory of a process in MB (PSS: shared pages count in proportion)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    assert found
    return int(found[1]) / 1000


def processor_seconds(pid: int) -> float:
    """Processor time of a process in seconds, without its children."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tracebacks(log: Path) -> list[str]:
    """The tracebacks in the server's log."""
    return list(_errors(log.read_text(errors="replace").splitlines()))


def _errors(lines: Sequence[str]) -> Iterator[str]:
    yield from (line for line in lines if line.startswith("Traceback"))


def _record(name: str, value: float, unit: str, target: float) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "unit": unit, "target": target, "met": value < target}
