"""All training runs of a server: who trains, who waits, and how every process ends with the server."""

import atexit
import os
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from transformer.config import TransformerConfig
from transformer.errors import InputError
from transformer.lock import live_writer
from transformer.runs import Run
from transformer.training import TrainConfig, TrainStep
from ui.jobs.job import ACTIVE, Command, Job
from ui.jobs.presence import Presence, StopAbandoned
from ui.jobs.speed import SpeedTest
from ui.jobs.worker import Worker

CORES = os.cpu_count() or 1
LIMIT = int(os.environ.get("TRAINING_LIMIT", CORES))
"""How many runs have a process at once; the rest wait."""

THREADS = max(1, min(4, CORES - 1))
"""CPU threads of one run: one core stays free for the pages, and small models gain little beyond four."""

PATIENCE = 5.0
"""Seconds that processes get to save and end when the server ends."""


class Jobs:
    """All training runs of this server; those beyond `limit` wait in the order they were started."""

    def __init__(self, limit: int = LIMIT) -> None:
        """At most `limit` processes at once."""
        self.limit = max(limit, 1)
        self.presence = Presence()
        self.speed_test = SpeedTest(THREADS)
        self._jobs: dict[str, Job] = {}
        self._spare: Worker | None = None
        self._closed = False
        self._lock = threading.RLock()
        atexit.register(self.close)

    def start(
        self,
        root: Path,
        model: TransformerConfig,
        training: TrainConfig,
        *,
        paused: bool = False,
        about: Mapping[str, Any] | None = None,
    ) -> Job:
        """Train anew, in a new folder of `root`, named after the task and the time.

        The folder is made at once, so that a run that waits outlives the server as well. `about` is what
        `transformer.runs.read_about` shall give. Raises `InputError` if the folder cannot be made.
        """
        with self._lock:
            name = free_name(root, training.task)
            run = Run.create(root, name, model, training, threads=THREADS, about=about)
            return self._add(Job(run.path, _arguments(run, paused), model, training))

    def resume(self, run: Run) -> Job:
        """Continue a run exactly where its latest checkpoint left it. Raises `InputError` if it goes on."""
        with self._lock:
            self._check_over(run)
            model, training = run.configs()
            records = [TrainStep.from_dict(values) for values in run.metrics()]
            return self._add(Job(run.path, _arguments(run), model, training, records))

    def get(self, name: str) -> Job | None:
        """The job of a run, if this server has started or resumed it."""
        return self._jobs.get(name)

    def all(self) -> list[Job]:
        """In the order they were started."""
        return list(self._jobs.values())

    def active(self) -> list[Job]:
        """Those that have a process."""
        return [job for job in self.all() if job.state in ACTIVE]

    def going_on(self) -> list[Job]:
        """Those that are not over, waiting ones included."""
        return [job for job in self.all() if not job.is_over]

    def waiting(self) -> list[Job]:
        """Those in the queue, the next one first."""
        return [job for job in self.all() if job.state == "waiting"]

    def tell(self, job: Job, command: Command) -> None:
        """See `Job.tell`; stopping a waiting job takes it out of the queue."""
        with self._lock:
            if job.state == "waiting":
                if command == "stop":
                    job.cancel()
                return
        job.tell(command)

    def delete(self, run: Run) -> None:
        """Remove a run's folder. Raises `InputError` while the run goes on, or if there is none."""
        with self._lock:
            self._check_over(run)
            shutil.rmtree(Run.find(run.path).path, ignore_errors=True)
            self._jobs.pop(run.name, None)

    def warm(self) -> None:
        """Have a process ready for the next start, unless one is just starting and needs the processor."""
        with self._lock:
            busy = self._closed or any(job.state == "starting" for job in self.all())
            if not busy and not (self._spare and self._spare.is_alive()):
                self._spare = Worker()
                self.speed_test.start()

    @property
    def spare_pid(self) -> int | None:
        """The process that waits for the next start, if there is one."""
        spare = self._spare
        return spare.process.pid if spare and spare.is_alive() else None

    def close(self) -> None:
        """End every process: each saves what it has; one that does not is killed."""
        with self._lock:
            self._closed = True
            workers = [job.worker for job in self.active()] + [self._spare]
        there = [worker for worker in workers if worker]
        self.speed_test.close()
        for worker in there:
            worker.close()
        deadline = time.monotonic() + PATIENCE
        for worker in there:
            worker.end(max(deadline - time.monotonic(), 0))

    def _add(self, job: Job) -> Job:
        self._jobs.pop(job.name, None)  # a resumed run takes its place at the end of the queue
        self._jobs[job.name] = job
        self._dispatch()
        return job

    def _dispatch(self) -> None:
        """Give a process to whoever is next."""
        with self._lock:
            while not self._closed and self.waiting() and len(self.active()) < self.limit:
                spare, self._spare = self._spare, None
                worker = spare if spare and spare.is_alive() else Worker()
                self.waiting()[0].launch(worker, self._dispatch)

    def _check_over(self, run: Run) -> None:
        """Raises `InputError` while the run goes on, here or in another process."""
        job = self.get(run.name)
        if (job and not job.is_over) or live_writer(run.path):
            raise InputError("The run {name} is not over.", name=run.name)


def free_name(root: Path, stem: str) -> str:
    """A name for a new folder of `root`, made of a word and the time."""
    stem = name = f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 2
    while (root / name).exists():
        name, number = f"{stem}-{number}", number + 1
    return name


def _arguments(run: Run, paused: bool = False) -> list[str]:
    """What the training program needs to know: the rest stands in the run's folder."""
    options = ["--resume", str(run.path.resolve()), "--json", "--stop-on-eof"]
    return [*options, "--paused"] if paused else options


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The one registry of this server."""
    registry = Jobs()
    StopAbandoned(registry).start()
    return registry
