"""`python -m transformer.train`: the training program, for the terminal and for the training page.

In a terminal it shows a progress bar. With `--json` every event is one line of JSON on standard output:
`start`, `step` (the fields of `TrainStep`), `snapshot`, `checkpoint`, `pause`, `resume`, `end`, `error`. On
standard input it reads the `COMMANDS` of `training_commands.py`; it reports any other as `unknown`.

With `--wait` it first warms up (importing torch takes longer than starting to train) and reports `ready`.
Then it reads all other options from the first line of standard input, a JSON list.

Under `torchrun` several processes share each batch (`transformer/learning/parallel.py`): the first does all
of the above, the others only train.
"""

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from transformer import limits, terminal
from transformer.errors import InputError, unwritable
from transformer.learning.costs import check_free_memory, fastest_threads, memory_needed
from transformer.learning.feasible import check_memory, is_out_of_memory
from transformer.learning.lock import RunLock
from transformer.learning.parallel import Team, accompany, device_of_process, is_loss, under_torchrun
from transformer.learning.runs import MetricsWriter, Run
from transformer.learning.snapshots import Snapshots, probe, take_snapshot
from transformer.learning.steps import TrainConfig, Training, train
from transformer.model.config import TransformerConfig
from transformer.options import add_fields, fields_given, options_of, whole
from transformer.report import JsonReport, Report, TerminalReport
from transformer.tasks import PAIRS, TASKS, Layout, PairsTask, Task, read_table, task_named
from transformer.tasks.layout import MARKS
from transformer.training_commands import COMMANDS, Commands

DEFAULT_RUNS = Path("runs")
LAYOUT = ("separator", "columns", "header")
"""Options that describe the layout of a table of pairs."""

EPILOG = "Commands, each a line typed while it trains:\n" + "\n".join(
    f"  {command:<8}{meaning}" for command, meaning in COMMANDS.items()
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train with the options of the command line.

    Returns the exit code: 0, 2 for unusable options, 1 if memory or disk space is insufficient or another
    process of the same training is lost.
    """
    options = _parser().parse_args(arguments)
    if options.wait:
        return _wait()
    report = JsonReport() if options.json else TerminalReport()
    if options.threads:
        torch.set_num_threads(options.threads)
    lock = team = None
    try:
        device = pick_device(device_of_process(options.device) if under_torchrun() else options.device)
        team = Team(device) if under_torchrun() else None
        if team and not team.is_first:
            accompany(team)
            return 0
        run = _find_run(options, device) if options.resume else _new_run(options, device, report)
        commands = Commands(stop_at_end_of_input=options.stop_on_eof, paused=options.paused, team=team)
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
    """Warm up, then train with the options in the first line of standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is meant for the process that started this one
    small = TransformerConfig(embed_dim=4, num_layers=1, heads=1, feed_forward_dim=4)
    training = Training(small, TrainConfig(batch_size=4, evaluation_size=4, warmup_steps=0))
    training.take_step()
    training.evaluate()
    take_snapshot(training.model, probe(training.held_out()))
    JsonReport().event("ready")
    line = sys.stdin.readline()
    return main(json.loads(line)) if line.strip() else 0


def _follow(run: Run, training: Training, commands: Commands, report: Report, checkpoint_every: int) -> None:
    """Train to the end, or until told to stop; either way, the run can be resumed."""
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


def _look(snapshots: Snapshots, training: Training, report: Report) -> None:
    """Take a snapshot, if this step has none yet."""
    if snapshots.take(training):
        report.event("snapshot", step=training.step)


def pick_device(name: str) -> torch.device:
    """The device called `name`; `auto` is the fastest available: CUDA, then MPS, then the CPU.

    Raises `InputError` if there is no such device.
    """
    gpus = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    there = [*(["cuda", *gpus] if gpus else []), *mps, "cpu"]
    if name == "auto":
        return torch.device(there[0])
    if name not in there:
        raise InputError(
            "There is no device {name} here; there is: {available}.",
            name=name[: limits.MAX_SHOWN],
            available=", ".join(there),
        )
    return torch.device(name)


def _find_run(options: argparse.Namespace, device: torch.device) -> Run:
    """The run to resume. Raises `InputError` for options that were fixed when it was created."""
    settled = ["runs", "name", "pairs", *LAYOUT, *options_of(TrainConfig), *options_of(TransformerConfig)]
    given = [f"--{name.replace('_', '-')}" for name in settled if getattr(options, name) is not None]
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


def _new_run(options: argparse.Namespace, device: torch.device, report: Report) -> Run:
    training_config = _training_config(options)
    task = _task(training_config, options, report)
    model_config = TransformerConfig(
        src_vocab_size=len(task.src_vocabulary),
        trg_vocab_size=len(task.trg_vocabulary),
        **fields_given(options, TransformerConfig),
    )
    check_memory(device, model_config, training_config)
    if device.type == "cpu":
        check_free_memory(memory_needed(model_config, training_config, task))
    if device.type == "cpu" and not options.threads and not under_torchrun():
        torch.set_num_threads(fastest_threads(model_config, training_config, task))
    name = options.name or f"{task.name}-{time.strftime('%Y%m%d-%H%M%S')}"
    run = Run.create(options.runs or DEFAULT_RUNS, name, model_config, training_config, task=task)
    if isinstance(task, PairsTask) and task.unlearnable:
        report.warn(task.unlearnable)
    return run


def _training_config(options: argparse.Namespace) -> TrainConfig:
    """The training configuration. Raises `InputError` for options of a table without one, or with a task."""
    if options.pairs and options.task not in (None, PAIRS):
        raise InputError(
            "--pairs trains on a table of your own and --task {task} on a task of the project: choose one.",
            task=options.task,
        )
    config = TrainConfig(**fields_given(options, TrainConfig) | ({"task": PAIRS} if options.pairs else {}))
    if options.tokens and config.task != PAIRS:
        raise InputError("--tokens says how a table of your own is read, so it needs --pairs FILE.")
    return config


def _task(training: TrainConfig, options: argparse.Namespace, report: Report) -> Task:
    """The task to train. Raises `InputError` if a table of pairs is needed and cannot be read."""
    if training.task != PAIRS:
        return task_named(training.task)
    table: Path | None = options.pairs
    if table is None:
        raise InputError("Training on pairs of your own needs their table: --pairs FILE.")
    try:
        data = table.read_bytes()
    except OSError as error:
        raise InputError("{file} cannot be read: {reason}.", file=table.name, reason=error.strerror) from None
    source, target = options.columns or (None, None)
    layout = Layout(options.separator, options.header, Layout.numbered(source, target))
    read = read_table(data, training.tokens, layout)
    for remark in read.remarks():
        report.remark(remark)
    return read.task


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m transformer.train",
        description="Train an encoder-decoder Transformer.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pairs", type=Path, metavar="FILE", help="a CSV or TSV table of source and target")
    parser.add_argument(
        "--separator", choices=list(MARKS),
        help="what separates the table's columns; by default detected from all lines",
    )  # fmt: skip
    parser.add_argument(
        "--columns", type=int, nargs=2, metavar=("SOURCE", "TARGET"),
        help="the columns of the table to use, counted from 1; needed if there are more than two and "
        "the first line does not name them",
    )  # fmt: skip
    parser.add_argument(
        "--header", action=argparse.BooleanOptionalAction,
        help="whether the table's first line names the columns; by default detected",
    )  # fmt: skip
    parser.add_argument("--runs", type=Path, help=f"folder of all runs; default: {DEFAULT_RUNS}")
    parser.add_argument("--name", help="name of the run's folder; default: made from task and time")
    parser.add_argument("--resume", type=Path, metavar="RUN", help="folder of a run to continue exactly")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps, ...")
    parser.add_argument(
        "--threads", type=whole(1, limits.MAX_THREADS), metavar="N",
        help="CPU threads; the last digits of the losses depend on it. Default: the fastest, as measured",
    )  # fmt: skip
    parser.add_argument(
        "--checkpoint-every", type=whole(1, limits.MAX_RECORDED_STEP), default=100, metavar="STEPS",
        help="steps between two checkpoints; default: 100",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="events as JSON lines on standard output")
    parser.add_argument("--paused", action="store_true", help="begin paused")
    parser.add_argument("--wait", action="store_true", help="take all other options from standard input")
    parser.add_argument("--stop-on-eof", action="store_true", help="stop when standard input is closed")
    training, model = map(parser.add_argument_group, ("how it is trained", "the model"))
    add_fields(training, TrainConfig, task={"choices": [*TASKS, PAIRS], "metavar": None})
    add_fields(model, TransformerConfig, whole(1, limits.MAX_RECORDED_STEP))
    return parser


if __name__ == "__main__":
    terminal.run(main)
