"""What a training says of itself: to a person in a terminal, or to a program as lines of JSON."""

import json
import sys
from typing import Any

import torch
from tqdm import tqdm

from transformer.errors import InputError, Remark
from transformer.learning.runs import Run
from transformer.learning.steps import Training, TrainStep
from transformer.terminal import in_background, lasting, say

REDRAWN, LOGGED = 0.1, 10.0
"""Seconds at least between two states of the progress bar: on a terminal, and in a file or a pipe."""


class Report:
    """Tells whoever watches what happens."""

    def start(self, run: Run, training: Training) -> None:
        """The training is about to take its next step."""

    def step(self, record: TrainStep) -> None:
        """It has taken one."""

    def event(self, name: str, **values: Any) -> None:
        """Something else happened."""

    def end(self, run: Run, training: Training, reason: str) -> None:
        """It is `finished` or `stopped`, and saved."""

    def error(self, error: InputError) -> None:
        """It cannot begin, or go on."""

    def warn(self, warning: InputError) -> None:
        """It can begin, but what comes of it may not be what is meant."""

    def remark(self, remark: Remark) -> None:
        """How something was understood."""


class JsonReport(Report):
    """Each event as one line of JSON on standard output."""

    def start(self, run: Run, training: Training) -> None:
        """What is trained, and where."""
        self.event(
            "start",
            run=str(run.path),
            step=training.step,
            steps=training.config.steps,
            parameters=count_parameters(training),
            device=str(training.device),
            threads=torch.get_num_threads(),
            processes=training.processes,
        )

    def step(self, record: TrainStep) -> None:
        """All of its fields."""
        self.event("step", **record.to_dict())

    def event(self, name: str, **values: Any) -> None:
        """One line; whoever listened may be gone, and what was learned must still be saved."""
        say(json.dumps({"event": name, **values}))

    def end(self, run: Run, training: Training, reason: str) -> None:
        """The last line."""
        self.event("end", reason=reason, step=training.step)

    def error(self, error: InputError) -> None:
        """The message apart from its values, so that it can be translated."""
        self.event("error", message=error.message, values={k: str(v) for k, v in error.values.items()})

    def warn(self, warning: InputError) -> None:
        """As an error."""
        self.event("warning", message=warning.message, values=warning.values)


class TerminalReport(Report):
    """A progress bar on standard error, and what it leaves behind on standard output."""

    def __init__(self) -> None:
        """The bar is drawn from `start` on, if there is somebody to see it."""
        self._bar: tqdm[Any] = tqdm(disable=True)
        self._began = self._step = 0

    def start(self, run: Run, training: Training) -> None:
        """What is trained, and where; the bar begins."""
        say(f"{count_parameters(training):,} parameters on {_place(training)}, run folder {run.path}")
        self._began = self._step = training.step
        with lasting():
            self._bar = tqdm(
                total=training.config.steps,
                initial=training.step,
                unit="step",
                mininterval=REDRAWN if sys.stderr and sys.stderr.isatty() else LOGGED,
                disable=sys.stderr is None,
            )

    def step(self, record: TrainStep) -> None:
        """The bar moves on; what was measured stays."""
        self._step = record.step
        shown = {"loss": f"{record.loss:.4f}", "accuracy": f"{record.token_accuracy:.1%}"}
        self._bar.set_postfix(shown, refresh=False)
        with lasting():
            if in_background(sys.stderr):  # another program is in front: its lines are not written over
                self._bar.n += 1
            else:
                self._bar.update()
        if record.evaluation:
            held_out = record.evaluation
            self._write(
                f"step {record.step}: held-out loss {held_out.loss:.4f}, "
                f"accuracy {held_out.token_accuracy:.2%}, "
                f"exact match running free {held_out.exact_match:.2%}"
            )

    def event(self, name: str, **values: Any) -> None:
        """Whether it is paused, and what it does not understand; what else happens is not shown."""
        if name == "pause":
            self._write(f"paused after step {self._step}; type resume, step or stop")
            self._describe("paused")
        elif name == "resume":
            self._describe("")
        elif name == "unknown":
            self._write(f"unknown command {values['command']}; the commands are {', '.join(values['known'])}")

    def end(self, run: Run, training: Training, reason: str) -> None:
        """Where the model is, and how to go on."""
        with lasting():
            self._bar.close()
        before = "already " if self._began == training.config.steps else ""
        say(f"{before}{reason} at step {training.step}: {run.checkpoint_path}")
        if reason == "stopped":
            say(f"continue with: python -m transformer.train --resume {run.path}")

    def remark(self, remark: Remark) -> None:
        """On a line of its own."""
        print(remark)

    def error(self, error: InputError) -> None:
        """A line of its own, also beside a progress bar."""
        with lasting():
            tqdm.write(str(error), file=sys.stderr)

    def warn(self, warning: InputError) -> None:
        """As an error."""
        self.error(warning)

    def _write(self, line: str) -> None:
        """A line above the bar."""
        with lasting():
            self._bar.clear()
        say(line)
        if not in_background(sys.stderr):
            with lasting():
                self._bar.refresh()

    def _describe(self, state: str) -> None:
        """A word in front of the bar. The time that a pause took counts as no step's."""
        if not state:
            self._bar.unpause()
        with lasting():
            self._bar.set_description(state)


def _place(training: Training) -> str:
    if training.processes > 1:
        return f"{training.device}, {training.processes} processes"
    threads = torch.get_num_threads()
    return f"cpu, threads: {threads}" if training.device.type == "cpu" else str(training.device)


def count_parameters(training: Training) -> int:
    """How many numbers are learned."""
    return sum(weight.numel() for weight in training.model.parameters())
