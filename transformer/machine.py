"""What this machine has left."""

import os
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CONTROL_GROUP = Path("/sys/fs/cgroup")


def available_memory() -> int | None:
    """Bytes that a new process could take; None where the system does not tell.

    Linux says what is free or could be freed at once, and what a container may still take; elsewhere half
    of the whole memory has to do.
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
