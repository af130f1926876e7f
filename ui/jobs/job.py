"""One training run as its server knows it: its state, and everything its process has reported."""

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
"""`waiting` in the queue; `failed` ended by itself with an error; `killed` by someone or something else;
`elsewhere` is a run that a process trains which this server has not started."""

Command = Literal["pause", "resume", "step", "stop"]

ACTIVE: tuple[State, ...] = ("starting", "running", "paused")
"""States with a process."""

ANSWER_WAIT = 0.15
"""Seconds a command waits at most for the process to obey; a process obeys between two steps."""

SPEED_OVER = 200
"""How many steps back the speed is measured over."""


class Job:
    """One training run of this server: its state and everything its process has reported."""

    def __init__(
        self,
        path: Path,
        arguments: Sequence[str],
        model: TransformerConfig,
        training: TrainConfig,
        records: Sequence[TrainStep] = (),
        task: Task | None = None,
    ) -> None:
        """`path` of the run's folder; `arguments` for `transformer.train`; `records` of an earlier part.

        Only one's own pairs need to be given as `task`.
        """
        self.owner: str | None = read_about(path).get(OWNER)
        """Whose run it is, in classroom mode; see `ui.ownership`."""
        self.keep = False
        """Whether it goes on when no browser of its owner is left."""
        self.path = path
        self.name = path.name
        self.arguments = list(arguments)
        self.model = model
        self.training = training
        self.task = task or task_named(training.task)
        """Kept here, so that nothing depends on the folder's files while it goes on."""
        self.total = training.steps
        self.state: State = "waiting"
        self.records = list(records)
        """Appended to by one thread, so a reader may take a slice at any time."""
        self.evaluations = [record for record in records if record.evaluation]
        self.seconds = sum(record.seconds or 0.0 for record in records)
        """How long the steps took together, pauses left out."""
        self.problem: InputError | None = None
        """Why it failed, was killed, or was stopped by nobody's click."""
        self.asked: Command | None = None
        """What it was told and has not done yet."""
        self.saved_step = 0
        """The step of the latest checkpoint that was reported."""
        self.repeated: int | None = None
        """The step that it took once more, while a resumed run repeats those after its last checkpoint."""
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
        speed = self.steps_per_second()
        return (self.total - (self.repeated or self.step)) / speed if speed else None

    def steps_per_second(self) -> float | None:
        """Over the latest steps; None before there are two."""
        arrivals = list(self._arrivals)
        if len(arrivals) < 2 or arrivals[-1] == arrivals[0]:
            return None
        return (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])

    def tell(self, command: Command) -> None:
        """Pause, resume, step or stop. Returns when the process has obeyed, or after `ANSWER_WAIT`."""
        does_it: dict[Command, State] = {"pause": "paused", "resume": "running"}
        if self.worker is None or self.is_over or self.state == does_it.get(command):
            return
        self.asked = command
        self.worker.say(command)
        self.wait_until(lambda: self.asked is None, ANSWER_WAIT)

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

    def fail(self, problem: InputError) -> None:
        """It ends before it has begun."""
        self.problem = problem
        self._become("failed")

    def cancel(self) -> None:
        """Take it out of the queue."""
        self._become("stopped")

    def _follow(self, worker: Worker, when_over: Callable[[], None]) -> None:
        for line in worker.lines():
            try:
                event = json.loads(line)
                if event["event"] == "start":
                    worker.stand_back()
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
