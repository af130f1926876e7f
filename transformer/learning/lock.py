"""One writer per run: a lock file in the run's folder that names its owner and can be recognised as stale.

It is a plain file because run folders may lie on storage shared by several machines or containers, where
locks of the operating system are not reliable. Its content names the process that holds it; that process
renews its time stamp as long as it runs.
"""

import json
import os
import socket
import sys
import tempfile
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
"""Age in seconds from which a lock is stale if its process runs on another system and cannot be checked."""


@dataclass(frozen=True)
class Writer:
    """A process that writes a run."""

    pid: int
    host: str
    started: str
    """Start time of the process in the system's format: tells it from a later process with the same pid."""
    system: str
    """Where `pid` is valid: one boot of a machine, or one container on it."""

    @classmethod
    def this_process(cls) -> "Writer":
        """The calling process."""
        return cls(os.getpid(), socket.gethostname(), _started(os.getpid()), _system())

    @classmethod
    def of(cls, lock: Path) -> "Writer | None":
        """The process that holds a lock; None if nobody does or the file is damaged."""
        try:
            writer = cls(**json.loads(lock.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return writer if isinstance(writer.pid, int) and writer.pid > 0 else None


class RunLock:
    """The exclusive right to write one run, held from `acquire` to `release`."""

    def __init__(self, folder: Path) -> None:
        """Does not write anything yet; see `acquire`."""
        self.path = folder / LOCK
        self._me = Writer.this_process()
        self._released = threading.Event()
        self._renewing: threading.Thread | None = None

    def acquire(self, when_lost: Callable[[], None] = lambda: None) -> None:
        """Take the lock. Raises `InputError` if a living process holds it.

        A stale lock is taken over. If two processes do so at once, the later one keeps it, and `when_lost` is
        called in the earlier one, from another thread.
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
        self._renewing = threading.Thread(target=self._renew, args=(when_lost,), daemon=True)
        self._renewing.start()

    def release(self, cut_off: bool = False) -> None:
        """Remove the lock, unless another process has taken it over.

        With `cut_off` (the process that controlled the run is gone) the lock stays, as it does when the
        process is killed, but is marked as stale; see `was_cut_off`.
        """
        self._released.set()
        if self._renewing:
            self._renewing.join(HEARTBEAT)
        if not self._is_mine():
            return
        if cut_off:
            os.utime(self.path, (0, 0))
        else:
            self.path.unlink(missing_ok=True)

    def _create(self) -> bool:
        try:
            file = self.path.open("x")
        except FileExistsError:
            return False
        try:
            with file:
                json.dump(asdict(self._me), file)
        except OSError:  # disk full: an empty lock would block later writers
            self.path.unlink(missing_ok=True)
            raise
        return True

    def _take_over(self) -> None:
        handle, mine = tempfile.mkstemp(dir=self.path.parent, prefix=f".{LOCK}.")
        with os.fdopen(handle, "w") as file:
            json.dump(asdict(self._me), file)
        os.replace(mine, self.path)

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
    try:
        with (folder / LOCK).open() as file:  # shared storage may cache an old time until the file is opened
            renewed = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    writer = Writer.of(folder / LOCK)
    if writer is None:  # being written at this moment, or damaged
        return Writer(0, "?", "", "") if _time_in(folder) - renewed < HEARTBEAT else None
    if writer.system == _system() and sys.platform != "win32":
        return writer if _runs(writer.pid) and _started(writer.pid) == writer.started else None
    return writer if _time_in(folder) - renewed < PATIENCE else None


def was_cut_off(folder: Path) -> bool:
    """Whether a run's last writer left its lock: it, or the process that controlled it, was killed."""
    return (folder / LOCK).exists() and live_writer(folder) is None


def _time_in(folder: Path) -> float:
    """The current time on the file system of a folder, whose clock sets the time stamps and may differ."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            return os.fstat(probe.fileno()).st_mtime
    except OSError:
        return time.time()


def _system() -> str:
    """An id of this boot of the machine and of the container; the host name if there is none."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return socket.gethostname()


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> str:
    """The start time of a process in clock ticks since boot; empty if unknown or if it has ended."""
    try:
        state, *others = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return ""
    return "" if state == "Z" else others[18]
