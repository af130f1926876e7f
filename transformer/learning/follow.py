"""A run's recorded steps, read on from where the last look ended: for whoever follows a run as it grows."""

import os
import threading
from pathlib import Path

from transformer.learning.folder import METRICS
from transformer.learning.runs import step_in
from transformer.learning.steps import TrainStep


class Follower:
    """The steps in a folder's metrics, each parsed once however often one looks."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read before `look`."""
        self._path = folder / METRICS
        self._lock = threading.Lock()
        self._begin_anew(None)

    def _begin_anew(self, file: tuple[int, int] | None) -> None:
        self._file = file
        self._read = 0
        self._steps: tuple[TrainStep, ...] = ()

    def look(self) -> tuple[TrainStep, ...]:
        """All steps recorded by now, by rising number, each once; damaged lines are left out.

        A last line without an end is read once it has one. A file that is another one, or shorter, is read
        from its beginning; of one that is gone there are no steps. Raises OSError if it cannot be read.
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
