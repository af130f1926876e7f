"""All training runs of a server: who trains, who waits, and how every process ends with the server."""

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
        """Train anew, in a new folder of `root`, named after the task and the time.

        Only one's own pairs need to be given as `task`; their table is put into the folder. The folder is
        made at once, so that a run that waits outlives the server as well. `about` is what
        `read_about` in `transformer.learning.folder` shall give. Raises `InputError` if the folder cannot be
        made, or the run cannot succeed.
        """
        with self._lock:
            create = partial(Run.create, task=task, threads=THREADS, about=about)
            run = with_free_name(training.task, lambda name: create(root, name, model, training))
            return self._add(Job(run.path, _arguments(run, paused), model, training, task=task))

    def resume(self, run: Run) -> Job:
        """Continue a run exactly where its latest checkpoint left it.

        Raises `InputError` if it goes on, or its folder is damaged or cannot be read.
        """
        with self._lock:
            self._check_over(run)
            (model, training), task = run.configs(), run.task()
            records = [TrainStep.from_dict(values) for values in run.metrics()]
            return self._add(Job(run.path, _arguments(run), model, training, records, task))

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

    def stop_by_teacher(self, job: Job) -> None:
        """Stop a run that is not over; its own page says who did."""
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
        """Remove a run's folder. Raises `InputError` while the run goes on, or if it cannot be removed."""
        with self._lock:
            self._check_over(run)
            shutil.rmtree(Run.find(run.path).path, ignore_errors=True)
            if run.path.exists():
                raise InputError("The folder of the run {name} cannot be removed.", name=run.name)
            self._jobs.pop(run.name, None)

    def warm(self) -> None:
        """Have a process ready for the next start, unless one is just starting and needs the processor."""
        if self._keep_spare():
            self.speed_test.start()

    def can_start(self) -> bool | None:
        """Whether processes can start: what the latest attempt showed, None while the first is under way.

        Where that was some time ago, another one is begun; this never waits for it.
        """
        if self.starts.is_due(time.monotonic()):
            self._keep_spare()
        return self.starts.verdict()

    def _keep_spare(self) -> bool:
        """Start a spare process unless there is one, or one is just starting; whether it did."""
        with self._lock:
            busy = self._closed or any(job.state == "starting" for job in self.all())
            if busy or (self._spare and self._spare.is_alive()):
                return False
            self._spare = None
            with suppress(OSError):  # `starts` keeps it in mind
                self._spare = self.starts.begin()
            return self._spare is not None

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
                job = self.waiting()[0]
                try:
                    worker = spare if spare and spare.is_alive() else self.starts.begin()
                except OSError as error:
                    reason = error.strerror or str(error)
                    job.fail(InputError("No process can be started for training: {reason}.", reason=reason))
                    continue
                job.launch(worker, self._dispatch)

    def _check_over(self, run: Run) -> None:
        """Raises `InputError` while the run goes on, here or in another process."""
        job = self.get(run.name)
        if job and job.is_over and job.worker:
            job.worker.wait_briefly()  # what has said its last word still gives its lock back
        if (job and not job.is_over) or live_writer(run.path):
            raise InputError("The run {name} is not over.", name=run.name)


def with_free_name(stem: str, make: Callable[[str], T]) -> T:
    """What `make` makes of a new name: a word, the time, and a number if need be.

    `make` raises `NameTakenError` where this or another server has taken the name, and is given the next one.
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
    """What the training program needs to know: the rest stands in the run's folder."""
    options = ["--resume", str(run.path.resolve()), "--json", "--stop-on-eof"]
    return [*options, "--paused"] if paused else options


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The one registry of this server."""
    registry = Jobs()
    StopAbandoned(registry, presence()).start()
    return registry
