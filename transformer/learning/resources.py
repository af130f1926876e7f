"""Memory, disk space and CPU load of this machine."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CONTROL_GROUP = Path("/sys/fs/cgroup")


def available_memory() -> int | None:
    """Bytes of memory that a new process could use; None if unknown.

    Linux reports what is available and what the container may still use; on other systems, half of the total
    memory is the estimate.
    """
    known = [bytes_ for bytes_ in (_free_of_machine(), _free_of_container()) if bytes_ is not None]
    return min(known, default=None)


def _free_of_machine() -> int | None:
    try:
        lines = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError, IndexError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return None


def _free_of_container() -> int | None:
    try:
        limit = int((CONTROL_GROUP / "memory.max").read_text())  # "max" where there is none
        return max(limit - int((CONTROL_GROUP / "memory.current").read_text()), 0)
    except (OSError, ValueError):
        return None


def total_memory() -> int | None:
    """Bytes of memory that this machine, or its container, has; None if unknown."""
    known = []
    with suppress(AttributeError, ValueError, OSError):
        known.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, ValueError):
        known.append(int((CONTROL_GROUP / "memory.max").read_text()))
    return min(known, default=None)


def disk_free(folder: Path) -> int | None:
    """Free bytes on the disk where a folder is or would be created; None if it is not writable."""
    there = next(place for place in (folder, *folder.absolute().parents) if os.path.exists(place))
    try:
        return shutil.disk_usage(there).free if os.access(there, os.W_OK) else None
    except OSError:
        return None


def memory_of(process: int) -> int | None:
    """Resident memory of a process in bytes; None if there is no such process or it is unknown."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None


CLOCKS = Path("/proc/stat")


class CoreLoad:
    """How busy each CPU core was since the previous snapshot."""

    def __init__(self) -> None:
        """The first snapshot covers the time since boot."""
        self._before: list[tuple[int, int]] = []

    def snapshot(self) -> list[float]:
        """The share of time, 0 to 1, that each core was busy since the last snapshot; empty if unknown."""
        try:
            lines = [line.split() for line in CLOCKS.read_text().splitlines()]
            now = [_busy_and_all(line[1:]) for line in lines if line[0][:3] == "cpu" and line[0] != "cpu"]
        except (OSError, ValueError, IndexError):
            return []
        before = self._before if len(self._before) == len(now) else [(0, 0)] * len(now)
        self._before = now
        spent = [(busy - b, all_ - a) for (busy, all_), (b, a) in zip(now, before, strict=True)]
        return [min(max(busy / all_, 0.0), 1.0) if all_ > 0 else 0.0 for busy, all_ in spent]


def _busy_and_all(ticks: list[str]) -> tuple[int, int]:
    """Busy ticks and all ticks, from the fields user, nice, system, idle, iowait, ...; see proc(5)."""
    spent = [int(tick) for tick in ticks[:8]]
    return sum(spent) - sum(spent[3:5]), sum(spent)
