"""The registry of all training runs of a server: it starts and queues them, and ends them with the server."""

import atexit
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import streamlit as st

from transformer.errors import InputError
from transformer.learning.lock import live_writer
from transformer.learning.runs import NameTakenError, Run
from transformer.learning.steps import TrainConfig, TrainStep
from transformer.model.config import TransformerConfig
from transformer.tasks import Task
from ui.jobs.abandoned import StopAbandoned
from ui.jobs.job import ACTIVE, Command, Job
from ui.jobs.speed import SpeedTest
from ui.jobs.starts import Starts
from ui.jobs.worker import Worker
from ui.presence import presence

T = TypeVar("T")

CORES = os.cpu_count() or 1
LIMIT = int(os.environ.get("TRAINING_LIMIT", CORES))
"""How many runs have a process at the same time; the others wait."""

THREADS = max(1, min(4, CORES - 1))
"""CPU threads of one run: one core stays free for the pages, and small models gain little beyond four."""

PATIENCE = 5.0
"""Seconds that processes have to save and end when the server stops."""


class Jobs:
    """All training runs of this server; those beyond `limit` wait in the order they were started."""

    def __init__(self, limit: int = LIMIT) -> None:
        """Create a registry that runs at most `limit` processes at the same time."""
        self.limit = max(limit, 1)
        self.speed_test = SpeedTest(THREADS)
        self.starts = Starts()
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
        task: Task | None = None,
        *,
        paused: bool = False,
        about: Mapping[str, Any] | None = None,
    ) -> Job:
        """Start a new run, or queue it, in a new folder of `root` named after the task and the time.

        `task` is only needed for pairs that a user uploaded; their table is written into the folder. The
        folder is created at once, so that even a waiting run survives the end of the server. `about` is what
        `read_about` in `transformer.learning.folder` will return. Raises `InputError` if the folder cannot be
        created, or the run cannot succeed.
        """
        with self._lock:
            create = partial(Run.create, task=task, threads=THREADS, about=about)
            run = with_free_name(training.task, lambda name: create(root, name, model, training))
            return self._add(Job(run.path, _arguments(run, paused), model, training, task=task))

    def resume(self, run: Run) -> Job:
        """Continue a run exactly from its latest checkpoint.

        Raises `InputError` if it is not over, or if its folder is damaged or cannot be read.
        """
        with self._lock:
            self._check_over(run)
            (model, training), task = run.configs(), run.task()
            records = [TrainStep.from_dict(values) for values in run.metrics()]
            return self._add(Job(run.path, _arguments(run), model, training, records, task))

    def get(self, name: str) -> Job | None:
        """The job of a run; None if this server has neither started nor resumed it."""
        return self._jobs.get(name)

    def all(self) -> list[Job]:
        """All jobs, in the order they were started."""
        return list(self._jobs.values())

    def active(self) -> list[Job]:
        """The jobs that have a process."""
        return [job for job in self.all() if job.state in ACTIVE]

    def going_on(self) -> list[Job]:
        """The jobs that are not over, including waiting ones."""
        return [job for job in self.all() if not job.is_over]

    def waiting(self) -> list[Job]:
        """The jobs in the queue, the next one first."""
        return [job for job in self.all() if job.state == "waiting"]

    def tell(self, job: Job, command: Command) -> None:
        """Send a command, see `Job.tell`. A waiting job ignores all but "stop", which cancels it."""
        with self._lock:
            if job.state == "waiting":
                if command == "stop":
                    job.cancel()
                return
        job.tell(command)

    def stop_by_teacher(self, job: Job) -> None:
        """Stop a run that is not over; its page will say that the teacher stopped it."""
        if not job.is_over:
            job.problem = InputError("The teacher stopped this run.")
            self.tell(job, "stop")

    def put_first(self, job: Job) -> None:
        """Let a waiting run be the next one to start."""
        with self._lock:
            waiting = self.waiting()
            if job in waiting:
                for other in (job, *(one for one in waiting if one is not job)):
                    self._jobs[other.name] = self._jobs.pop(other.name)

    def delete(self, run: Run) -> None:
        """Remove a run's folder. Raises `InputError` if the run is not over, or if removal fails."""
        with self._lock:
            self._check_over(run)
            shutil.rmtree(Run.find(run.path).path, ignore_errors=True)
            if run.path.exists():
                raise InputError("The folder of the run {name} cannot be removed.", name=run.name)
            self._jobs.pop(run.name, None)

    def warm(self) -> None:
        """Prepare a spare process for the next start, and measure the speed of this machine.

        Does nothing while a run is starting, which needs the processor.
        """
        if self._keep_spare():
            self.speed_test.start()

    def can_start(self) -> bool | None:
        """Whether the latest attempt to start a process succeeded; None until the first has finished.

        If that attempt is too old, another one is begun, but not waited for.
        """
        if self.starts.is_due(time.monotonic()):
            self._keep_spare()
        return self.starts.verdict()

    def _keep_spare(self) -> bool:
        """Start a spare process unless there is one, or a run is just starting; returns whether it did."""
        with self._lock:
            busy = self._closed or any(job.state == "starting" for job in self.all())
            if busy or (self._spare and self._spare.is_alive()):
                return False
            self._spare = None
            with suppress(OSError):  # `starts` records the failure
                self._spare = self.starts.begin()
            return self._spare is not None

    @property
    def spare_pid(self) -> int | None:
        """The id of the spare process; None if there is none."""
        spare = self._spare
        return spare.process.pid if spare and spare.is_alive() else None

    def close(self) -> None:
        """End every process. Each saves its state; those that have not ended after `PATIENCE` are killed."""
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
        """Start waiting runs while fewer than `limit` have a process."""
        with self._lock:
            while not self._closed and self.waiting() and len(self.active()) < self.limit:
                spare, self._spare = self._spare, None
                job = self.waiting()[0]
                try:
                    worker = spare if spare and spare.is_alive() else self.starts.begin()
                except OSError as error:
                    reason = error.strerror or str(error)
                    job.fail(InputError("No process can be started for training: {reason}.", reason=reason))
                    continue
                job.launch(worker, self._dispatch)

    def _check_over(self, run: Run) -> None:
        """Raise `InputError` if the run is not over, here or in another process."""
        job = self.get(run.name)
        if job and job.is_over and job.worker:
            job.worker.wait_briefly()  # after its last event, the process still has to release its lock
        if (job and not job.is_over) or live_writer(run.path):
            raise InputError("The run {name} is not over.", name=run.name)


def with_free_name(stem: str, make: Callable[[str], T]) -> T:
    """Call `make` with a new name until it accepts one, and return its result.

    A name consists of `stem`, the time and, if needed, a number. `make` raises `NameTakenError` if the name
    is taken, by this or another server; then it is called with the next one.
    """
    begin = name = f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    number = 1
    while True:
        try:
            return make(name)
        except NameTakenError:
            number += 1
            name = f"{begin}-{number}"


def _arguments(run: Run, paused: bool = False) -> list[str]:
    """Command line options for the training program; it reads the configuration from the run's folder."""
    options = ["--resume", str(run.path.resolve()), "--json", "--stop-on-eof"]
    return [*options, "--paused"] if paused else options


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The registry of this server."""
    registry = Jobs()
    StopAbandoned(registry, presence()).start()
    return registry
