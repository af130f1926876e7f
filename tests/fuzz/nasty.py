"""What people paste, attackers send and cats type: shared by all fuzz tests."""

import string
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from transformer import InputError

HANG = timedelta(seconds=2)
"""Nothing that a person waits for may take longer."""

MEMORY = 40 * 2**20
"""Bytes that reading something refused or accepted may take."""

LONGEST_MESSAGE = 500
"""Characters of what is said: a sentence or two, whatever was given."""


def fuzz(examples: int) -> settings:
    """So many cases, none of them longer than `HANG`."""
    return settings(
        deadline=HANG,
        max_examples=examples,
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


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
    """Anything at all, the nasty ones, and what comes near to being right."""
    near = st.lists(st.sampled_from((*WORDS, " ", "\n", "\t")), max_size=60).map("".join)
    spaced = st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)
    return st.one_of(st.text(max_size=most), st.sampled_from(NASTY), near, spaced)


@contextmanager
def modest() -> Iterator[None]:
    """Fails if what runs inside takes more than `MEMORY`, however little of it remains."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEMORY, f"{peak / 2**20:.0f} MiB"


def assert_short(error: InputError) -> None:
    """A refusal is a short sentence in one line, whatever was refused."""
    assert len(str(error)) <= LONGEST_MESSAGE, str(error)[:1000]
