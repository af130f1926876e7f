"""What the other end of a program may do to it: type to it, send it to the background, stop listening, go.

Standard input, output and error each may be a terminal, a pipe, a file or missing.
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
"""Seconds between two looks at whether the program is in the foreground again."""

INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ends, as shells have it: 128 and the number of the signal."""


def run(main: Callable[[], int]) -> NoReturn:
    """Exit as `main` says. Ctrl-C is no error, and no character ends the program, whatever the encoding."""
    for stream, errors in ((sys.stdin, "replace"), (sys.stdout, "backslashreplace")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    try:
        code = main()
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def lines() -> Iterator[str]:
    """The lines of standard input, to its end; for a thread of its own.

    A process in the background that reads its terminal is stopped by SIGTTIN. In a thread that blocks this
    signal the reading fails instead, so this waits until the process is in the foreground again.
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
    """Whether a stream is a terminal that has another program in its foreground."""
    try:
        return stream is not None and os.tcgetpgrp(stream.fileno()) != os.getpgrp()
    except (OSError, ValueError, AttributeError):  # no terminal; closed; Windows
        return False


def say(text: str) -> None:
    """Print a line; nobody need be there to read it."""
    with lasting():
        print(text, flush=True)


@contextmanager
def lasting() -> Iterator[None]:
    """Go on when whoever read the output is gone: `head` has seen enough, the terminal was closed.

    From then on nothing is written to that stream.
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
