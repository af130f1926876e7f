"""Robust standard input and output: background jobs, closed pipes, Ctrl-C, encodings.

Standard input, output and error may each be a terminal, a pipe, a file or missing.
"""

import io
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, TextIO

LOOK_AGAIN = 0.2
"""Seconds between two checks whether the program is in the foreground again."""

INTERRUPTED = 130
"""The exit code after Ctrl-C, by the convention of shells: 128 plus the number of the signal."""


def run(main: Callable[[], int]) -> NoReturn:
    """Exit with the code that `main` returns. Ctrl-C and unencodable characters cause no traceback."""
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    try:
        code = main()
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def lines() -> Iterator[str]:
    """Yield the lines of standard input until its end; must run in a separate thread.

    A background process that reads from its terminal is stopped by SIGTTIN. In a thread that blocks this
    signal, reading fails instead, so this waits until the process is in the foreground again.
    """
    if hasattr(signal, "SIGTTIN"):  # Windows has none
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN})
    while sys.stdin:
        try:
            line = sys.stdin.readline()
        except (OSError, ValueError):  # ValueError: closed
            if not in_background(sys.stdin):
                return
            time.sleep(LOOK_AGAIN)
            continue
        if not line:
            return
        yield line


def in_background(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal with another program in the foreground."""
    try:
        return stream is not None and os.tcgetpgrp(stream.fileno()) != os.getpgrp()
    except (OSError, ValueError, AttributeError):  # not a terminal; closed; Windows
        return False


def say(text: str) -> None:
    """Print a line, even if the reader of the output is gone."""
    with lasting():
        print(text, flush=True)


@contextmanager
def lasting() -> Iterator[None]:
    """Ignore that the reader of the output is gone (`head` has exited, the terminal was closed).

    From then on, that stream is redirected to the null device.
    """
    try:
        yield
    except OSError:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            try:
                stream.flush()
            except OSError:
                with suppress(OSError):  # a stream without a file
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
