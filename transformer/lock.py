"""One writer per run: a lock in the run's folder that says who writes, and is recognised when it is stale.

A plain file, because run folders may lie on storage that several machines share, where locks of the
operating system are not always kept. Its content says which process holds it; its time stamp is renewed
while that process lives.
"""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from transformer.errors import InputError

LOCK = "writer.lock"

HEARTBEAT = 2.0
"""Seconds between two renewals of the time stamp."""

PATIENCE = 20.0
"""Age in seconds at which a lock is stale whose process cannot be looked at: it runs on another machine."""


@dataclass(frozen=True)
class Writer:
    """A process that writes a run."""

    pid: int
    host: str
    started: str
    """When the process began, as its system tells it; a number used again belongs to another process."""

    @classmethod
    def this_process(cls) -> "Writer":
        """Whoever calls."""
        return cls(os.getpid(), socket.gethostname(), _started(os.getpid()))

    @classmethod
    def of(cls, lock: Path) -> "Writer | None":
        """Who holds a lock; None if nobody does, or the file says nothing one can use."""
        try:
            return cls(**json.loads(lock.read_text()))
        except (OSError, ValueError, TypeError):
            return None


class RunLock:
    """The right to write one run, held from `acquire` to `release`."""

    def __init__(self, folder: Path) -> None:
        """Nothing is written before `acquire`."""
        self.path = folder / LOCK
        self._me = Writer.this_process()
        self._released = threading.Event()

    def acquire(self, when_lost: Callable[[], None] = lambda: None) -> None:
        """Take the lock. Raises `InputError` if a living process holds it.

        A stale lock is taken over. Should two processes do so at once, the later one keeps it, and the
        earlier one hears of it through `when_lost`, called from a thread.
        """
        if not self._create():
            holder = live_writer(self.path.parent)
            if holder:
                raise InputError(
                    "The run {name} is already being trained, by process {pid} on {host}.",
                    name=self.path.parent.name,
                    pid=holder.pid,
                    host=holder.host,
                )
            self._take_over()
        threading.Thread(target=self._renew, args=(when_lost,), daemon=True).start()

    def release(self) -> None:
        """Give the lock back, unless somebody else has taken it."""
        self._released.set()
        if self._is_mine():
            self.path.unlink(missing_ok=True)

    def _create(self) -> bool:
        try:
            with self.path.open("x") as file:
                json.dump(asdict(self._me), file)
        except FileExistsError:
            return False
        return True

    def _take_over(self) -> None:
        mine = self.path.with_name(f".{LOCK}.{self._me.pid}")
        mine.write_text(json.dumps(asdict(self._me)))
        mine.replace(self.path)

    def _is_mine(self) -> bool:
        return Writer.of(self.path) == self._me

    def _renew(self, when_lost: Callable[[], None]) -> None:
        while not self._released.wait(HEARTBEAT):
            if not self._is_mine():
                when_lost()
                return
            with suppress(OSError):
                os.utime(self.path)


def live_writer(folder: Path) -> Writer | None:
    """The process that writes a run now; None if there is none, or its lock is stale."""
    lock = folder / LOCK
    try:
        age = time.time() - lock.stat().st_mtime
    except OSError:
        return None
    writer = Writer.of(lock)
    if writer is None:  # being written at this moment, or damaged
        return Writer(0, "?", "") if age < HEARTBEAT else None
    if writer.host == socket.gethostname() and sys.platform != "win32":
        return writer if _runs(writer.pid) and _started(writer.pid) == writer.started else None
    return writer if age < PATIENCE else None


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> str:
    """When a process began, in the system's own count; empty where that cannot be read, or it has ended."""
    try:
        state, *others = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state == "Z" else others[18]
