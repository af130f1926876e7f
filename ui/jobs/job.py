"""One training run of this server: its state, and everything that its process has reported."""

import json
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from transformer.errors import InputError
from transformer.learning.folder import read_about
from transformer.learning.steps import TrainConfig, TrainStep
from transformer.model.config import TransformerConfig
from transformer.tasks import Task, task_named
from ui.jobs import changes
from ui.jobs.worker import Worker
from ui.ownership import OWNER

State = Literal[
    "waiting", "starting", "running", "paused", "finished", "stopped", "failed", "killed", "elsewhere"
]
"""`waiting`: in the queue; `failed`: ended by itself with an error; `killed`: ended by a signal; `elsewhere`:
trained by a process that this server has not started."""

Command = Literal["pause", "resume", "step", "stop"]

ACTIVE: tuple[State, ...] = ("starting", "running", "paused")
"""States with a process."""

ANSWER_WAIT = 0.15
"""Most seconds that `Job.tell` waits for the process to obey; a process obeys between two steps."""

SPEED_OVER = 200
"""Number of latest steps over which the speed is measured."""


class Job:
    """One training run of this server: its state, and everything that its process has reported."""

    def __init__(
        self,
        path: Path,
        arguments: Sequence[str],
        model: TransformerConfig,
        training: TrainConfig,
        records: Sequence[TrainStep] = (),
        task: Task | None = None,
    ) -> None:
        """Create a job in state "waiting".

        `path` is the run's folder, `arguments` are for `transformer.train`, and `records` are the steps made
        before a resumed run was interrupted. `task` is only needed for pairs that a user uploaded.
        """
        self.owner: str | None = read_about(path).get(OWNER)
        """The run's owner in classroom mode; see `ui.ownership`."""
        self.keep = False
        """Whether it continues when no browser of its owner is connected."""
        self.path = path
        self.name = path.name
        self.arguments = list(arguments)
        self.model = model
        self.training = training
        self.task = task or task_named(training.task)
        """Kept here, so that the folder's files are not needed during the run."""
        self.total = training.steps
        self.state: State = "waiting"
        self.records = list(records)
        """Only one thread appends to it, so other threads may read slices at any time."""
        self.evaluations = [record for record in records if record.evaluation]
        self.seconds = sum(record.seconds or 0.0 for record in records)
        """The time that all steps took, without pauses."""
        self.problem: InputError | None = None
        """Why it failed, was killed, or was stopped by somebody other than its owner."""
        self.asked: Command | None = None
        """The command that it was sent and has not obeyed yet."""
        self.saved_step = 0
        """The step of the latest reported checkpoint."""
        self.repeated: int | None = None
        """The latest repeated step, while a resumed run repeats those since its checkpoint; else None."""
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
        """Whether the run has ended; nothing more will be reported."""
        return self.state not in ("waiting", *ACTIVE)

    @property
    def pid(self) -> int | None:
        """The id of its process; None if it has none."""
        return self.worker.process.pid if self.worker and self.worker.is_alive() else None

    def seconds_left(self) -> float | None:
        """How long the remaining steps take at the current speed; None while the speed is unknown."""
        speed = self.steps_per_second()
        return (self.total - (self.repeated or self.step)) / speed if speed else None

    def steps_per_second(self) -> float | None:
        """The speed over the latest steps since the start or the last pause; None before there are two."""
        arrivals = list(self._arrivals)
        if len(arrivals) < 2 or arrivals[-1] == arrivals[0]:
            return None
        return (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])

    def tell(self, command: Command) -> None:
        """Send a command. Returns when the process has obeyed, or after `ANSWER_WAIT` seconds."""
        does_it: dict[Command, State] = {"pause": "paused", "resume": "running"}
        if self.worker is None or self.is_over or self.state == does_it.get(command):
            return
        self.asked = command
        self.worker.say(command)
        self.wait_until(lambda: self.asked is None, ANSWER_WAIT)

    def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait until `condition`, checked after each report of the process, is true; return whether it is."""
        with self._changed:
            return self._changed.wait_for(condition, timeout)

    def launch(self, worker: Worker, when_over: Callable[[], None]) -> None:
        """Give the run to a process; read its reports in a new thread, which calls `when_over` at the end."""
        self.worker = worker
        self.state = "starting"
        worker.say(json.dumps(self.arguments))
        threading.Thread(target=self._follow, args=(worker, when_over), daemon=True).start()

    def fail(self, problem: InputError) -> None:
        """Mark a run that could not be started as failed."""
        self.problem = problem
        self._become("failed")

    def cancel(self) -> None:
        """Mark a waiting run as stopped, which takes it out of the queue."""
        self._become("stopped")

    def _follow(self, worker: Worker, when_over: Callable[[], None]) -> None:
        for line in worker.lines():
            try:
                event = json.loads(line)
                if event["event"] == "start":
                    worker.stand_back()
                self._take(event.pop("event"), event)
            except (ValueError, KeyError, TypeError, AttributeError):
                worker.complaints.append(line.strip())  # not an event but, for example, a warning
        code = worker.wait()
        if not self.is_over:
            self.problem = self.problem or self._explain(code, worker)
            self._become("killed" if code < 0 else "failed")
        when_over()

    def _take(self, kind: str, values: dict[str, Any]) -> None:
        """Handle one event of the process."""
        if kind == "step":
            self._record(TrainStep.from_dict(values))
        elif kind == "checkpoint":
            self.saved_step = values["step"]
        elif kind == "error":
            self.problem = InputError(values["message"], **values["values"])
        elif kind in ("start", "resume", "pause"):
            if kind == "start":
                self.saved_step = values["step"]  # it begins at its latest checkpoint
            self._arrivals.clear()
            self._become("paused" if kind == "pause" else "running")
        elif kind == "end":
            self._become(values["reason"])

    def _record(self, record: TrainStep) -> None:
        with self._changed:
            self._arrivals.append(time.monotonic())
            is_new = record.step > self.step
            self.repeated = None if is_new else record.step
            if is_new:
                self.records.append(record)
                self.seconds += record.seconds or 0.0
                if record.evaluation:
                    self.evaluations.append(record)
            has_obeyed = self.asked == "step"
            if has_obeyed:
                self.asked = None
            self._changed.notify_all()
        if has_obeyed:
            changes.tell()

    def _become(self, state: State) -> None:
        with self._changed:
            self.state = state
            if self.asked != "stop" or self.is_over:
                self.asked = None
            self._changed.notify_all()
        changes.tell()

    def _explain(self, code: int, worker: Worker) -> InputError:
        if code < 0:
            return InputError(
                "The training process was killed at step {step} (signal {signal}).",
                step=self.step,
                signal=_signal_name(-code),
            )
        if not worker.complaints:
            return InputError(
                "The training process ended at step {step} with exit code {code}.", step=self.step, code=code
            )
        return InputError(
            "The training process ended with an error at step {step}: {reason}",
            step=self.step,
            reason=worker.complaints[-1],
        )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
