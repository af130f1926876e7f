"""`python -m transformer.train`: the one training program, in a terminal and behind the training page.

In a terminal it shows a progress bar. With `--json` every event is one line of JSON on standard output:
`start`, `step` (the fields of `TrainStep`), `snapshot`, `checkpoint`, `pause`, `resume`, `end`, `error`. On
standard input it takes the commands `pause`, `resume`, `step` (one step, then paused again) and `stop`.

With `--wait` it gets ready first (importing torch takes longer than starting to train), says so with the
event `ready`, and then takes all other options from the first line of standard input, a JSON list.

Under `torchrun` several processes share each batch (`transformer/parallel.py`): the first of them does all of
the above, the others only learn.
"""

import argparse
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from transformer.config import TransformerConfig
from transformer.errors import InputError, unwritable
from transformer.feasible import check_memory, is_out_of_memory
from transformer.lock import RunLock
from transformer.parallel import Team, accompany, device_of_process, is_loss, under_torchrun
from transformer.runs import MetricsWriter, Run
from transformer.snapshots import Snapshots, look, probe
from transformer.tasks import PAIRS, TASKS, Task, read_pairs, task_named
from transformer.training import TrainConfig, Training, TrainStep, train

COMMANDS = ("pause", "resume", "step", "stop")
DEFAULT_RUNS = Path("runs")
CHOSEN_BY_TASK = ("src_vocab_size", "trg_vocab_size", "src_pad_idx", "trg_pad_idx")


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says. The exit code is 0, or 2 where the command line cannot be followed.

    It is 1 where memory or disk do not suffice, or another process of the same training is lost.
    """
    options = _parser().parse_args(arguments)
    if options.wait:
        return _wait()
    report = _JsonReport() if options.json else _TerminalReport()
    if options.threads:
        torch.set_num_threads(options.threads)
    lock = team = None
    try:
        device = pick_device(device_of_process(options.device) if under_torchrun() else options.device)
        team = Team(device) if under_torchrun() else None
        if team and not team.is_first:
            accompany(team)
            return 0
        run = _find_run(options, device) if options.resume else _new_run(options, device)
        commands = _Commands(stop_at_end_of_input=options.stop_on_eof, paused=options.paused, team=team)
        lock = RunLock(run.path)
        lock.acquire(when_lost=commands.lose)
        run.tidy()
        training = team.begin(run.state()) if team else run.resume(device)
        _follow(run, training, commands, report, options.checkpoint_every)
    except InputError as error:
        report.error(error)
        return 2
    except OSError as error:
        report.error(unwritable(error))
        return 1
    except RuntimeError as error:
        if is_out_of_memory(error):
            report.error(_too_little_memory(device))
        elif team and is_loss(error):
            report.error(_left_alone(team))
        else:
            raise
        return 1
    finally:
        if lock:
            lock.release(cut_off=commands.left_alone)
        if team:
            team.leave()
    return 0


def _left_alone(team: Team) -> InputError:
    return InputError(
        "Process {rank} of {processes} stops, because another one has ended or cannot be reached. "
        "The run is kept up to its last checkpoint: --resume goes on from there.",
        rank=team.rank,
        processes=team.processes,
    )


def _too_little_memory(device: torch.device) -> InputError:
    return InputError(
        "The memory of {device} is too small for this training. A smaller batch, width or number of layers "
        "would do.",
        device=device,
    )


def _wait() -> int:
    """Do what every training does once, then train as the first line of standard input says."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for whoever holds the other end
    small = TransformerConfig(embed_dim=4, num_layers=1, heads=1, feed_forward_dim=4)
    training = Training(small, TrainConfig(batch_size=4, evaluation_size=4, warmup_steps=0))
    training.take_step()
    training.evaluate()
    look(training.model, probe(training.held_out()))
    _JsonReport().event("ready")
    line = sys.stdin.readline()
    return main(json.loads(line)) if line.strip() else 0


def _follow(
    run: Run, training: Training, commands: "_Commands", report: "_Report", checkpoint_every: int
) -> None:
    """Train to the end, or until told to stop; whatever ends it, the run can be resumed."""
    metrics, snapshots = MetricsWriter(run), Snapshots(run.path)
    report.start(run, training)
    commands.announce(report)
    if training.step == 0:
        _look(snapshots, training, report)
    reason = "finished"
    steps = train(training)
    while commands.may_go_on(report):
        record = next(steps, None)
        if record is None:
            break
        metrics.write(record)
        report.step(record)
        if record.evaluation:
            _look(snapshots, training, report)
        if record.step % checkpoint_every == 0:
            metrics.sync()
            run.save(training)
            report.event("checkpoint", step=record.step)
    else:
        reason = "stopped"
    commands.check_not_lost(run)
    metrics.sync()
    run.save(training)
    metrics.close()
    report.event("checkpoint", step=training.step)
    report.end(run, training, reason)


def _look(snapshots: Snapshots, training: Training, report: "_Report") -> None:
    """Take a snapshot, if this step has none yet."""
    if snapshots.take(training):
        report.event("snapshot", step=training.step)


class _Commands:
    """What was asked for on standard input, or with Ctrl-C: read by a thread, obeyed between two steps."""

    def __init__(self, stop_at_end_of_input: bool, paused: bool, team: Team | None = None) -> None:
        self._queue: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._paused = paused
        self._lost = False
        self._stop_at_end_of_input = stop_at_end_of_input
        self._team = team
        self.left_alone = False
        """Whether the training stops because whoever would give commands is gone."""
        threading.Thread(target=self._read, daemon=True).start()
        signal.signal(signal.SIGINT, self._interrupted)
        signal.signal(signal.SIGTERM, self._interrupted)

    def _read(self) -> None:
        for line in sys.stdin or ():
            if line.strip() in COMMANDS:
                self._queue.put(line.strip())
        if self._stop_at_end_of_input:
            self.left_alone = True
            self._queue.put("stop")

    def _interrupted(self, number: int, frame: object) -> None:
        """The step under way is finished first; a second signal ends the program at once."""
        self._queue.put("stop")
        signal.signal(number, signal.SIG_DFL)

    def lose(self) -> None:
        """Somebody else writes the run now: stop, and write nothing more."""
        self._lost = True
        self._queue.put("stop")

    def check_not_lost(self, run: Run) -> None:
        """Raises `InputError` if somebody else writes the run now, or its folder was removed."""
        if self._lost:
            run.check_there()
            raise InputError("Another process has taken over the run {name}; this one stops.", name=run.name)

    def announce(self, report: "_Report") -> None:
        """Say so if the training begins paused."""
        if self._paused:
            report.event("pause")

    def may_go_on(self, report: "_Report") -> bool:
        """Whether to take another step; while paused, waits here."""
        willing = self._obey(report)
        return self._team.go_on(willing) if self._team else willing

    def _obey(self, report: "_Report") -> bool:
        while True:
            if not self._paused and self._queue.empty():
                return True
            command = self._next()
            if command == "stop":
                return False
            if command == "step":
                if not self._paused:
                    self._paused = True
                    report.event("pause")
                return True
            if command in ("pause", "resume") and self._paused != (command == "pause"):
                self._paused = command == "pause"
                report.event(command)

    def _next(self) -> str:
        """The next command. Waits in short spells, between which Python handles signals."""
        while True:
            try:
                return self._queue.get(timeout=0.5)
            except queue.Empty:
                if self._team and not self._team.wait():
                    return "stop"


class _Report:
    """Tells whoever watches what happens."""

    def start(self, run: Run, training: Training) -> None: ...

    def step(self, record: TrainStep) -> None: ...

    def event(self, name: str, **values: Any) -> None: ...

    def end(self, run: Run, training: Training, reason: str) -> None: ...

    def error(self, error: InputError) -> None: ...


class _JsonReport(_Report):
    def start(self, run: Run, training: Training) -> None:
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
        self.event("step", **record.to_dict())

    def event(self, name: str, **values: Any) -> None:
        try:
            print(json.dumps({"event": name, **values}), flush=True)
        except BrokenPipeError:  # whoever listened is gone; what was learned must still be saved
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def end(self, run: Run, training: Training, reason: str) -> None:
        self.event("end", reason=reason, step=training.step)

    def error(self, error: InputError) -> None:
        self.event("error", message=error.message, values={k: str(v) for k, v in error.values.items()})


class _TerminalReport(_Report):
    _bar: "tqdm[Any]"

    def start(self, run: Run, training: Training) -> None:
        where = (
            f"{training.device}, {training.processes} processes"
            if training.processes > 1
            else training.device
        )
        print(f"{count_parameters(training):,} parameters on {where}, run folder {run.path}")
        self._bar = tqdm(total=training.config.steps, initial=training.step, unit="step")

    def step(self, record: TrainStep) -> None:
        self._bar.update()
        shown = {"loss": f"{record.loss:.4f}", "accuracy": f"{record.token_accuracy:.1%}"}
        self._bar.set_postfix(shown, refresh=False)
        if record.evaluation:
            held_out = record.evaluation
            self._bar.write(
                f"step {record.step}: held-out loss {held_out.loss:.4f}, "
                f"accuracy {held_out.token_accuracy:.2%}, "
                f"exact match running free {held_out.exact_match:.2%}"
            )

    def end(self, run: Run, training: Training, reason: str) -> None:
        self._bar.close()
        print(f"{reason} at step {training.step}: {run.checkpoint_path}")
        if reason == "stopped":
            print(f"continue with: python -m transformer.train --resume {run.path}")

    def error(self, error: InputError) -> None:
        tqdm.write(str(error), file=sys.stderr)  # on a line of its own, also beside a progress bar


def count_parameters(training: Training) -> int:
    """How many numbers are learned."""
    return sum(weight.numel() for weight in training.model.parameters())


def pick_device(name: str) -> torch.device:
    """`auto` is the fastest there is: CUDA, then MPS, then the CPU. Raises `InputError` for one not there."""
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if available[kind])
    if not available.get(name.split(":")[0], False):
        there = ", ".join(kind for kind, is_there in available.items() if is_there)
        raise InputError("There is no device {name} here; there is: {available}.", name=name, available=there)
    return torch.device(name)


def _find_run(options: argparse.Namespace, device: torch.device) -> Run:
    """The run to go on with. What it is was settled when it began, so nothing of that may be given again."""
    names = ["runs", "name", "pairs", *_given(options, TrainConfig), *_given(options, TransformerConfig)]
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(options, name) is not None]
    if given:
        raise InputError(
            "--resume goes on with a run as it was begun and takes no {options}; start a new run for that.",
            options=", ".join(given),
        )
    run = Run.find(options.resume)
    check_memory(device, *run.configs())
    if not options.threads:
        torch.set_num_threads(run.threads)
    return run


def _new_run(options: argparse.Namespace, device: torch.device) -> Run:
    training_config = TrainConfig(**_given(options, TrainConfig) | ({"task": PAIRS} if options.pairs else {}))
    task = _task(training_config, options.pairs)
    model_config = TransformerConfig(
        src_vocab_size=len(task.src_vocabulary),
        trg_vocab_size=len(task.trg_vocabulary),
        **_given(options, TransformerConfig),
    )
    check_memory(device, model_config, training_config)
    name = options.name or f"{task.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    return Run.create(options.runs or DEFAULT_RUNS, name, model_config, training_config, task=task)


def _task(training: TrainConfig, table: Path | None) -> Task:
    """What to train. Raises `InputError` if a table of pairs is needed and cannot be read."""
    if training.task != PAIRS:
        return task_named(training.task)
    if table is None:
        raise InputError("Training on pairs of your own needs their table: --pairs FILE.")
    try:
        return read_pairs(table.read_bytes(), training.tokens)
    except OSError as error:
        raise InputError("{file} cannot be read: {reason}.", file=table.name, reason=error.strerror) from None


def _given(options: argparse.Namespace, config: type) -> dict[str, Any]:
    """The options that were given for a config's fields; the others keep their defaults."""
    return {
        name: getattr(options, name) for name in _options_of(config) if getattr(options, name) is not None
    }


def _options_of(config: type) -> Iterator[str]:
    return (field.name for field in fields(config) if field.name not in CHOSEN_BY_TASK)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m transformer.train", description="Train an encoder-decoder Transformer."
    )
    for config in (TrainConfig, TransformerConfig):
        defaults = config()
        for name in _options_of(config):
            default = getattr(defaults, name)
            kind: dict[str, Any] = {"type": type(default)}
            if isinstance(default, bool):
                kind = {"action": argparse.BooleanOptionalAction}
            elif name == "task":
                kind = {"choices": [*TASKS, PAIRS]}
            parser.add_argument(f"--{name.replace('_', '-')}", help=f"default: {default}", **kind)
    parser.add_argument("--pairs", type=Path, metavar="FILE", help="a CSV or TSV table of source and target")
    parser.add_argument("--runs", type=Path, help=f"folder of all runs; default: {DEFAULT_RUNS}")
    parser.add_argument("--name", help="name of the run's folder; made from task and time unless given")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="folder of a run to continue exactly")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps, ...")
    parser.add_argument("--threads", type=int, help="CPU threads; the losses depend on it in the last digits")
    parser.add_argument("--checkpoint-every", type=int, default=100, metavar="STEPS")
    parser.add_argument("--json", action="store_true", help="events as JSON lines on standard output")
    parser.add_argument("--paused", action="store_true", help="begin paused")
    parser.add_argument("--wait", action="store_true", help="take all other options from standard input")
    parser.add_argument("--stop-on-eof", action="store_true", help="stop when standard input is closed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
