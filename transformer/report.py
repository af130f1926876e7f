"""Progress reports of a training: for a person in a terminal, or for a program as lines of JSON."""

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
"""Minimum seconds between two updates of the progress bar: on a terminal, and in a file or a pipe."""


class Report:
    """Base class of reports; every method does nothing."""

    def start(self, run: Run, training: Training) -> None:
        """Report that the training starts or resumes."""

    def step(self, record: TrainStep) -> None:
        """Report a step."""

    def event(self, name: str, **values: Any) -> None:
        """Report any other event."""

    def end(self, run: Run, training: Training, reason: str) -> None:
        """Report that the training is saved and has ended; `reason` is `finished` or `stopped`."""

    def error(self, error: InputError) -> None:
        """Report that the training cannot start or go on."""

    def warn(self, warning: InputError) -> None:
        """Report a problem that does not prevent the training."""

    def remark(self, remark: Remark) -> None:
        """Report how the input was interpreted."""


class JsonReport(Report):
    """Prints each event as one line of JSON on standard output."""

    def start(self, run: Run, training: Training) -> None:
        """Print the event `start`, with the run's folder, size and device."""
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
        """Print the event `step` with all fields of the record."""
        self.event("step", **record.to_dict())

    def event(self, name: str, **values: Any) -> None:
        """Print one line. A closed pipe is ignored, because the training must still be saved."""
        say(json.dumps({"event": name, **values}))

    def end(self, run: Run, training: Training, reason: str) -> None:
        """Print the last event, `end`."""
        self.event("end", reason=reason, step=training.step)

    def error(self, error: InputError) -> None:
        """Print the event `error`, with message and values separate, so that it can be translated."""
        self.event("error", message=error.message, values={k: str(v) for k, v in error.values.items()})

    def warn(self, warning: InputError) -> None:
        """Print the event `warning`, with message and values separate."""
        self.event("warning", message=warning.message, values=warning.values)


class TerminalReport(Report):
    """Shows a progress bar on standard error, and prints lasting lines on standard output."""

    def __init__(self) -> None:
        """The bar is disabled until `start`."""
        self._bar: tqdm[Any] = tqdm(disable=True)
        self._began = self._step = 0

    def start(self, run: Run, training: Training) -> None:
        """Print the model's size, the device and the run's folder, and start the bar."""
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
        """Advance the bar; print evaluations."""
        self._step = record.step
        shown = {"loss": f"{record.loss:.4f}", "accuracy": f"{record.token_accuracy:.1%}"}
        self._bar.set_postfix(shown, refresh=False)
        with lasting():
            if in_background(sys.stderr):  # do not overwrite the lines of the program in the foreground
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
        """Show `pause`, `resume` and `unknown`; other events are not shown."""
        if name == "pause":
            self._write(f"paused after step {self._step}; type resume, step or stop")
            self._describe("paused")
        elif name == "resume":
            self._describe("")
        elif name == "unknown":
            self._write(f"unknown command {values['command']}; the commands are {', '.join(values['known'])}")

    def end(self, run: Run, training: Training, reason: str) -> None:
        """Print the path of the checkpoint, and how to resume."""
        with lasting():
            self._bar.close()
        before = "already " if self._began == training.config.steps else ""
        say(f"{before}{reason} at step {training.step}: {run.checkpoint_path}")
        if reason == "stopped":
            say(f"continue with: python -m transformer.train --resume {run.path}")

    def remark(self, remark: Remark) -> None:
        """Print the remark."""
        print(remark)

    def error(self, error: InputError) -> None:
        """Print the error on a separate line, even if the progress bar is shown."""
        with lasting():
            tqdm.write(str(error), file=sys.stderr)

    def warn(self, warning: InputError) -> None:
        """Print the warning like an error."""
        self.error(warning)

    def _write(self, line: str) -> None:
        """Print a line above the bar."""
        with lasting():
            self._bar.clear()
        say(line)
        if not in_background(sys.stderr):
            with lasting():
                self._bar.refresh()

    def _describe(self, state: str) -> None:
        """Show a word in front of the bar; an empty one ends a pause, whose time tqdm then leaves out."""
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
    """The number of parameters of the model."""
    return sum(weight.numel() for weight in training.model.parameters())
