"""Inputs for all fuzz tests: pasted texts, injections and random keys; and limits on time and memory."""

import functools
import os
import string
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from transformer import InputError, limits

HANG = 2.0
"""The most seconds of CPU time that a case may take on a machine that is idle."""

MEMORY = 40 * 2**20
"""The most bytes that reading may allocate, whether the input is accepted or refused."""

LONGEST_MESSAGE = 500
"""The most characters of an error message, whatever the input."""


def fuzz(examples: int) -> Callable[[Any], Any]:
    """`@fuzz(300)` above `@given(...)` runs 300 cases, each of which may take `HANG` seconds."""
    limited = settings(
        deadline=None,
        max_examples=examples,
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )

    def decorate(test: Any) -> Any:
        test.hypothesis.inner_test = _timed(test.hypothesis.inner_test)
        return limited(test)

    return decorate


def _timed(case: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(case)
    def run(*given: Any, **named: Any) -> None:
        started = time.process_time()
        case(*given, **named)
        seconds = time.process_time() - started
        assert seconds < HANG * crowding(), f"hangs: {seconds:.1f} s"

    return run


def crowding() -> float:
    """Factor from 1 to 4 for time limits: processes that share a core slow each other down."""
    waiting = os.getloadavg()[0] if hasattr(os, "getloadavg") else 1.0
    return min(max(waiting / (os.cpu_count() or 1), 1.0), 4.0)


INJECTIONS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<b>bold</b>",
    "![x](http://127.0.0.1:9/x.png)",
    "[x](javascript:alert(1))",
    "[x](http://127.0.0.1:9/)",
    "http://127.0.0.1:9/x",
    "www.example.invalid",
    "mail@example.invalid",
    "$x^2$",
    "$$\\frac{1}{0}$$",
    ":red[x]",
    ":material/delete:",
    ":smile:",
    "`x`",
    "```\nx\n```",
    "**x** _x_ ~~x~~",
    "_x_",
    "__init__",
    "# x",
    "- x",
    "1. x",
    "> x",
    "a\n\n# b",
    "a\n\n    b",
    "x\n---",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "a <- b -> c -- d",
    "&lt;b&gt;&#42;",
    "\\*x\\*",
    "{name} {0} {} {{",
    "%s %d %(x)s",
    "{{7*7}} ${7*7}",
    "'; DROP TABLE runs; --",
    "../../etc/passwd",
    "..\\..\\x",
    "C:\\x",
    "/dev/zero",
    "file:///etc/passwd",
)
"""Texts that mean something to HTML, Markdown, a template, a shell or a path."""

ODDITIES = (
    "",
    " ",
    "\t\n\r\x0b\x0c",
    "\u3000\u2028\u2029\x85",
    "\0",
    "5\x003",
    "一" * 100,
    "run:\0",
    "\x1b[31mred",
    "\u202e5 3 9",
    "\ufeff5 3",
    "5\u200d3\u200b9",
    "e\u0301\u0302\u0303" * 30,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "５ ３ ９",
    "٣ ٤ ٥",
    "५ ३",
    "¹²³",
    "Ⅷ 五 〇",
    "ß ŉ ǰ İ ı",
    "-1",
    "+5",
    "1e9",
    "NaN inf -inf",
    "0x1F",
    "1_000",
    "9" * 4301,
    "9 " * 1000,
    "5" * 2000,
    "\n" * 1000,
    "5 3 9\n" * 300,
    "(" * 500,
    "a" * 2000,
    "一" * 2000,
    "𝟗" * 500,
    "\udcff".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "31/02/2026",
    "00/00/0000",
    "Nov 99999999999999999999, 2026",
    "nine thousand nine hundred and ninety nine thousand",
)
"""Texts that are empty, invisible, endless, or digits to Python but not to a person."""

NASTY = (*INJECTIONS, *ODDITIES)

WORDS = (
    *string.digits,
    "x",
    ",",
    "-",
    "/",
    "年",
    "月",
    "日",
    "Nov",
    "hundred",
    "and",
    "one",
    "十",
    "百",
    "零",
)


def texts(most: int = 300) -> st.SearchStrategy[str]:
    """Any text, the nasty ones, and texts that are almost valid."""
    near = st.lists(st.sampled_from((*WORDS, " ", "\n", "\t")), max_size=60).map("".join)
    spaced = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
    return st.one_of(st.text(max_size=most), st.sampled_from(NASTY), near, spaced)


NUMBERS = (
    "nan",
    "inf",
    "-0",
    "1e400",
    "1_0",
    " 1",
    "٣",
    "1.",
    "0x1",
    "True",
    "true",
    "1" * 5000,
    "-1",
    "1e-320",
)
"""Texts that are numbers, or look like numbers."""

coded_cells = st.one_of(
    texts(7000),
    st.lists(
        st.tuples(
            st.integers(0, 120), st.integers(0, 1200), st.integers(0, 1200), st.integers(0, 16**22)
        ).map(lambda parts: "{}.{}-{}.{:x}".format(*parts)),
        max_size=30,
    ).map("_".join),
)
"""Texts like those for edited cells of a mask in an address: see `ui.cells`."""

coded_alterations = st.lists(
    st.tuples(
        st.sampled_from(["token", "head", "layer", "blank", "positions", "swap", "x", ""]),
        st.sampled_from(["encoder", "decoder", "cross", "self", "1", "٣", ""]),
        st.sampled_from(["0", "00", "1", "9999", "10000", "-1", "x"]),
        st.sampled_from(["0", "7", "9999", "\n", "1\n"]),
    ).flatmap(lambda parts: st.integers(1, 4).map(lambda count: ".".join(parts[:count]))),
    max_size=limits.MAX_ALTERATIONS + 3,
).map("_".join)
"""Texts like those for alterations in an address: see `ui.alterations`."""


@contextmanager
def modest() -> Iterator[None]:
    """Fails if what runs inside allocates more than `MEMORY` bytes at any time."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEMORY, f"{peak / 2**20:.0f} MiB"


def assert_short(error: InputError) -> None:
    """An error message is short, whatever the input."""
    assert len(str(error)) <= LONGEST_MESSAGE, str(error)[:1000]


@contextmanager
def bounded(growth: int) -> Iterator[None]:
    """Fails if the process's peak memory, tensors included, grows by `growth` bytes; only on Linux."""
    status, reset = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not os.access(reset, os.W_OK):
        yield
        return
    reset.write_text("5")  # reset the peak
    before = _peak(status)
    yield
    grown = _peak(status) - before
    assert grown < growth, f"{grown / 2**20:.0f} MiB"


def _peak(status: Path) -> int:
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
