"""Training runs in processes of their own: started, followed, steered and never left behind.

The page never trains. A `Job` is one run of `python -m transformer.train` and what its stream has said so
far; `Jobs` is the one registry of a server, shared by all sessions. Threads here only read pipes and wait:
none of them calls streamlit.
"""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from transformer.config import TransformerConfig
from transformer.errors import InputError
from transformer.runs import PAIRS_TABLE, Run, keep_pairs
from transformer.tasks import PairsTask, Task
from transformer.train import CHOSEN_BY_TASK
from transformer.training import TrainConfig, TrainStep

State = Literal["waiting", "starting", "running", "paused", "finished", "stopped", "failed", "killed"]
"""`waiting` in the queue; `failed` ended by itself with an error; `killed` by someone or something else."""

Command = Literal["pause", "resume", "step", "stop"]

ACTIVE: tuple[State, ...] = ("starting", "running", "paused")
"""States with a process."""

ROOT = Path(__file__).resolve().parent.parent
"""Where `transformer` can be imported from."""

CORES = os.cpu_count() or 1
LIMIT = int(os.environ.get("TRAINING_LIMIT", CORES))
"""How many runs have a process at once; the rest wait."""

THREADS = max(1, min(4, CORES - 1))
"""CPU threads of one run: one core stays free for the pages, and small models gain little beyond four."""

ANSWER_WAIT = 1.0
"""Seconds a command waits at most for the process to obey, so that what is drawn next is true."""

PATIENCE = 5.0
"""Seconds that processes get to save and end when the server ends."""

SPEED_OVER = 200
"""How many steps back the speed is measured over."""


class Worker:
    """One process that gets ready to train and then follows one list of options."""

    def __init__(self) -> None:
        """Start it. Nothing else is needed to end it than closing its standard input."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "transformer.train", "--wait"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            bufsize=1,
            start_new_session=True,  # Ctrl-C in the server's terminal is for the server
        )
        self.complaints: deque[str] = deque(maxlen=20)
        self._complaining = threading.Thread(target=self._collect_complaints, daemon=True)
        self._complaining.start()

    def _collect_complaints(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if line.strip():
                self.complaints.append(line.strip())

    def say(self, line: str) -> None:
        """Write one line to its standard input; a process that is gone hears nothing."""
        assert self.process.stdin is not None
        with suppress(OSError, ValueError):  # it ended, or `close` was faster
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()

    def lines(self) -> Iterable[str]:
        """What it writes to standard output, line by line, until it ends."""
        assert self.process.stdout is not None
        return self.process.stdout

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def wait(self) -> int:
        """Its exit code, negative for a signal, and all its complaints collected."""
        code = self.process.wait()
        self._complaining.join(timeout=1)
        return code

    def close(self) -> None:
        """Close its standard input: it saves what it has and ends."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()

    def end(self, patience: float) -> None:
        """Wait `patience` seconds for a closed process to end, then end it by force."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Job:
    """One training run of this server: its state and everything its process has reported."""

    def __init__(
        self,
        path: Path,
        arguments: Sequence[str],
        model: TransformerConfig,
        training: TrainConfig,
        records: Sequence[TrainStep] = (),
    ) -> None:
        """`path` of the run's folder; `arguments` for `transformer.train`; `records` of an earlier part."""
        self.path = path
        self.name = path.name
        self.arguments = list(arguments)
        self.model = model
        self.training = training
        self.total = training.steps
        self.state: State = "waiting"
        self.records = list(records)
        """Appended to by one thread, so a reader may take a slice at any time."""
        self.evaluations = [record for record in records if record.evaluation]
        self.problem: InputError | None = None
        """Why it failed or was killed."""
        self.saved_step = 0
        """The step of the latest checkpoint that was reported."""
        self.worker: Worker | None = None
        self._changed = threading.Condition()
        self._arrivals: deque[float] = deque(maxlen=SPEED_OVER)
        self._ended = False

    @property
    def step(self) -> int:
        """Steps made so far."""
        return self.records[-1].step if self.records else 0

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return self.state not in ("waiting", *ACTIVE)

    @property
    def pid(self) -> int | None:
        """Its process, while there is one."""
        return self.worker.process.pid if self.worker and self.worker.is_alive() else None

    def seconds_left(self) -> float | None:
        """How long the rest takes at the speed of the latest steps; None before there is one."""
        arrivals = list(self._arrivals)
        if len(arrivals) < 2:
            return None
        return (self.total - self.step) * (arrivals[-1] - arrivals[0]) / (len(arrivals) - 1)

    def tell(self, command: Command) -> None:
        """Pause, resume, step or stop. Returns when the process has obeyed, or after `ANSWER_WAIT`."""
        worker, step = self.worker, self.step
        if worker is None or self.is_over:
            return
        worker.say(command)
        obeyed: dict[Command, Callable[[], bool]] = {
            "pause": lambda: self.state == "paused",
            "resume": lambda: self.state == "running",
            "step": lambda: self.step > step,
            "stop": lambda: False,
        }
        self.wait_until(lambda: self.is_over or obeyed[command](), ANSWER_WAIT)

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait for what the process reports next to make `condition` true."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def launch(self, worker: Worker, when_over: Callable[[], None]) -> None:
        """Give the run to a process and follow it; `when_over` is called once, from the following thread."""
        self.worker = worker
        self.state = "starting"
        worker.say(json.dumps(self.arguments))
        threading.Thread(target=self._follow, args=(worker, when_over), daemon=True).start()

    def cancel(self) -> None:
        """Take it out of the queue."""
        self._become("stopped")

    def _follow(self, worker: Worker, when_over: Callable[[], None]) -> None:
        for line in worker.lines():
            try:
                event = json.loads(line)
                self._take(event.pop("event"), event)
            except (ValueError, KeyError, TypeError, AttributeError):
                worker.complaints.append(line.strip())  # something that is no event, such as a warning
        code = worker.wait()
        if not self.is_over:
            self.problem = self.problem or self._explain(code, worker)
            self._become("killed" if code < 0 else "failed")
        when_over()

    def _take(self, kind: str, values: dict[str, Any]) -> None:
        """One event of the process."""
        if kind == "step":
            self._record(TrainStep.from_dict(values))
        elif kind == "checkpoint":
            self.saved_step = values["step"]
        elif kind == "error":
            self.problem = InputError(values["message"], **values["values"])
        elif kind in ("start", "resume", "pause"):
            self._arrivals.clear()
            self._become("paused" if kind == "pause" else "running")
        elif kind == "end":
            self._become(values["reason"])

    def _record(self, record: TrainStep) -> None:
        with self._changed:
            self._arrivals.append(time.monotonic())
            if record.step > self.step:  # a resumed run repeats the steps after its last checkpoint
                self.records.append(record)
                if record.evaluation:
                    self.evaluations.append(record)
            self._changed.notify_all()

    def _become(self, state: State) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()

    def _explain(self, code: int, worker: Worker) -> InputError:
        if code < 0:
            return InputError(
                "The training process was killed at step {step} ({signal}). Nothing recorded is lost: "
                "Continue goes on from the last checkpoint, step {saved}.",
                step=self.step,
                signal=_signal_name(-code),
                saved=self.saved_step,
            )
        return InputError(
            "The training process ended with an error at step {step}: {reason}",
            step=self.step,
            reason=worker.complaints[-1] if worker.complaints else f"exit code {code}",
        )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


class Jobs:
    """All training runs of this server; those beyond `limit` wait in the order they were started."""

    def __init__(self, limit: int = LIMIT) -> None:
        """At most `limit` processes at once."""
        self.limit = max(limit, 1)
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
    ) -> Job:
        """Train anew, in a new folder of `root`, named after the task and the time.

        Only one's own pairs need to be given as `task`; their table is put into the folder.
        """
        with self._lock:
            name = self._new_name(root, training.task)
            arguments = [*_options(model), *_options(training), "--runs", str(root.resolve()), "--name", name]
            arguments += ["--paused"] if paused else []
            if isinstance(task, PairsTask):
                keep_pairs(root / name, task)
                arguments += ["--pairs", str((root / name / PAIRS_TABLE).resolve())]
            return self._add(Job(root / name, arguments + _common(THREADS), model, training))

    def resume(self, run: Run) -> Job:
        """Continue a run exactly where its latest checkpoint left it. Raises `InputError` if it goes on."""
        with self._lock:
            running = self.get(run.name)
            if running and not running.is_over:
                raise InputError("The run {name} is not over.", name=run.name)
            config = run.config()
            model = TransformerConfig.from_dict(config["model"])
            training = TrainConfig.from_dict(config["training"])
            records = [TrainStep.from_dict(values) for values in run.metrics()]
            arguments = ["--resume", str(run.path.resolve()), *_common(config.get("threads", THREADS))]
            return self._add(Job(run.path, arguments, model, training, records))

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
            job = self.get(run.name)
            if job and not job.is_over:
                raise InputError("The run {name} is not over.", name=run.name)
            shutil.rmtree(Run.find(run.path).path, ignore_errors=True)
            self._jobs.pop(run.name, None)

    def warm(self) -> None:
        """Have a process ready for the next start, unless one is just starting and needs the processor."""
        with self._lock:
            busy = self._closed or any(job.state == "starting" for job in self.all())
            if not busy and not (self._spare and self._spare.is_alive()):
                self._spare = Worker()

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

    def _new_name(self, root: Path, task: str) -> str:
        stem = name = f"{task}-{time.strftime('%Y%m%d-%H%M%S')}"
        number = 2
        while name in self._jobs or (root / name).exists():
            name, number = f"{stem}-{number}", number + 1
        return name


def _common(threads: int) -> list[str]:
    return ["--json", "--stop-on-eof", "--threads", str(threads)]


def _options(config: TrainConfig | TransformerConfig) -> list[str]:
    """A configuration as command line options, every value written out."""
    words = []
    for field in fields(config):
        if field.name in CHOSEN_BY_TASK:
            continue
        value, option = getattr(config, field.name), field.name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        else:
            words.append(f"--{option}={value}")
    return words


@st.cache_resource(show_spinner=False)
def jobs() -> Jobs:
    """The one registry of this server."""
    return Jobs()
