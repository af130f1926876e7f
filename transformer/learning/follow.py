"""Incremental reading of a run's recorded steps while the run goes on."""

import os
import threading
from pathlib import Path

from transformer.learning.folder import METRICS
from transformer.learning.runs import step_in
from transformer.learning.steps import TrainStep


class Follower:
    """The steps in a folder's metrics; each is parsed only once. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        """Does not read anything yet; see `look`."""
        self._path = folder / METRICS
        self._lock = threading.Lock()
        self._begin_anew(None)

    def _begin_anew(self, file: tuple[int, int] | None) -> None:
        self._file = file
        self._read = 0
        self._steps: tuple[TrainStep, ...] = ()

    def look(self) -> tuple[TrainStep, ...]:
        """All steps recorded so far, in ascending order without duplicates; damaged lines are skipped.

        A last line is read only once it is complete. If the file was replaced or truncated, it is read again
        from the start; if it is gone, there are no steps. Raises OSError if it cannot be read.
        """
        with self._lock:
            try:
                with self._path.open("rb") as file:
                    status = os.fstat(file.fileno())
                    if (status.st_dev, status.st_ino) != self._file or status.st_size < self._read:
                        self._begin_anew((status.st_dev, status.st_ino))
                    file.seek(self._read)
                    self._take(file.read())
            except FileNotFoundError:
                self._begin_anew(None)
            return self._steps

    def _take(self, added: bytes) -> None:
        whole = added.rfind(b"\n") + 1
        self._read += whole
        known = map(step_in, added[:whole].split(b"\n"))
        fresh: list[TrainStep] = []
        last = self._steps[-1].step if self._steps else 0
        for values in known:
            if values and values["step"] > last:
                fresh.append(TrainStep.from_dict(values))
                last = values["step"]
        self._steps += tuple(fresh)
