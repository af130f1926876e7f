"""A training run as a folder with its configuration, metrics and latest checkpoint."""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import torch

from transformer.errors import DamagedError, InputError, unwritable
from transformer.learning.checkpoint import (
    Checkpoint,
    load_checkpoint,
    read_task,
    save_checkpoint,
    write_atomically,
)
from transformer.learning.feasible import check_feasible, check_file
from transformer.learning.folder import (
    CHECKPOINT,
    CONFIG,
    METRICS,
    PAIRS_TABLE,
    read_about,
    write_about,
)
from transformer.learning.plain_json import parse
from transformer.learning.run_state import RunState, check_continues, moments
from transformer.learning.steps import NOT_FINITE, Evaluation, TrainConfig, Training, TrainStep
from transformer.model.config import TransformerConfig
from transformer.tasks import PAIRS, PairsTask, Task, read_pairs, task_named

TAIL = 2**16
"""Bytes at the end of the metrics that are searched for the latest step."""


class Run:
    """One run's folder. Every file in it can be read at any time, even while the run is training."""

    def __init__(self, path: Path) -> None:
        """`path` is an existing folder; see `create` and `find`."""
        self.path = path

    @classmethod
    def create(
        cls,
        root: Path,
        name: str,
        model: TransformerConfig,
        training: TrainConfig,
        *,
        task: Task | None = None,
        threads: int | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> "Run":
        """Create the folder of a new run.

        `task` is required only for the user's own pairs. The run will be trained with `threads` CPU threads
        (by default PyTorch's current setting); `about` is what `read_about` returns. Raises `InputError`, and
        leaves no folder behind, if the name is taken or invalid, if the run cannot succeed (see `feasible`)
        or if writing fails.
        """
        task = task or task_named(training.task)
        check_feasible(model, task)
        check_file(root, model, training)
        config = {
            "model": model.to_dict(),
            "training": training.to_dict(),
            "threads": threads or torch.get_num_threads(),
            "created": time.time(),
        }
        with new_folder(root, name) as path:
            if isinstance(task, PairsTask):
                keep_pairs(path, task)
            if about:
                write_about(path, about)
            write_atomically(path / CONFIG, json.dumps(config, indent=2).encode())
        return cls(path)

    @classmethod
    def find(cls, path: Path) -> "Run":
        """The run in a folder. Raises `InputError` if there is none."""
        if not os.path.isfile(path / CONFIG):  # False, not an error, if the path is too long or forbidden
            raise InputError("There is no training run in {folder}.", folder=path.name)
        return cls(path)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def checkpoint_path(self) -> Path:
        """The path of the latest checkpoint, which may not exist yet."""
        return self.path / CHECKPOINT

    @property
    def about(self) -> dict[str, Any]:
        """See `read_about`."""
        return read_about(self.path)

    def config(self) -> dict[str, Any]:
        """`model` and `training` as `to_dict` gave them, `threads`, and `created` in seconds since 1970.

        Raises `InputError` if the file cannot be read or is not a JSON object.
        """
        try:
            content = parse((self.path / CONFIG).read_bytes())
        except OSError as error:
            raise InputError("{file} cannot be read: {reason}.", file=CONFIG, reason=error.strerror) from None
        except (ValueError, RecursionError):
            raise _no_config() from None
        if not isinstance(content, dict):
            raise _no_config()
        return content

    def configs(self) -> tuple[TransformerConfig, TrainConfig]:
        """The configurations of model and training. Raises `InputError` if the file is damaged."""
        config = self.config()
        try:
            model = TransformerConfig.from_dict(config["model"])
            return model, TrainConfig.from_dict(config["training"])
        except InputError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _no_config() from None

    def task(self) -> Task:
        """The task that is trained. Raises `InputError` if its table of pairs is missing or damaged."""
        return task_of(self.path, self.configs()[1])

    @property
    def threads(self) -> int:
        """The number of CPU threads the run was started with; it affects the last digits of the losses."""
        threads = self.config().get("threads")
        return threads if isinstance(threads, int) and threads > 0 else torch.get_num_threads()

    def metrics(self) -> Iterator[dict[str, Any]]:
        """The recorded steps. Damaged lines, and a last line cut short by a crash, are skipped."""
        return (values for values in self._lines() if values is not None)

    def last_step(self) -> int:
        """The latest recorded step, read from the end of the file; 0 if there is none."""
        try:
            with (self.path / METRICS).open("rb") as file:
                file.seek(max(file.seek(0, os.SEEK_END) - TAIL, 0))
                lines = file.read().splitlines(keepends=True)
        except OSError:
            return 0
        whole = (step_in(line) for line in reversed(lines) if line.endswith(b"\n"))
        return next((int(values["step"]) for values in whole if values), 0)

    def damaged_lines(self) -> int:
        """The number of invalid lines in the metrics, not counting an incomplete last line."""
        return sum(values is None for values in self._lines())

    def _lines(self) -> Iterator[dict[str, Any] | None]:
        """The fields of each recorded step; None for an invalid line."""
        if not (self.path / METRICS).exists():
            return
        with (self.path / METRICS).open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    yield step_in(line)

    def save(self, training: Training) -> None:
        """Write the checkpoint from which `resume` continues.

        Raises `InputError` if the folder was removed.
        """
        self.check_there()
        about = {"training": training.config.to_dict(), "step": training.step}
        save_checkpoint(self.checkpoint_path, training.model, training.task, about, moments(training))

    def check_there(self) -> None:
        """Raise `InputError` if the folder was removed, because writing would recreate it incompletely."""
        if not (self.path / CONFIG).exists():
            raise InputError("The folder of the run {name} was removed.", name=self.name)

    def tidy(self) -> None:
        """Remove incomplete checkpoints of a killed process, and restore a missing table of pairs.

        The caller must hold the run's lock.
        """
        for leftover in self.path.glob(f".{CHECKPOINT}.*"):
            leftover.unlink(missing_ok=True)
        if not (self.path / PAIRS_TABLE).exists() and isinstance(task := self.task(), PairsTask):
            keep_pairs(self.path, task)

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint. Raises `InputError` if there is none yet."""
        return load_checkpoint(self.checkpoint_path)

    def resume(self, device: str | torch.device = "cpu") -> Training:
        """The training in the state of the latest checkpoint, or at its start if there is none.

        Raises `InputError` if the folder's files are damaged or do not belong together.
        """
        return self.state().training(device)

    def state(self) -> RunState:
        """The state needed to resume, read from the folder. Raises `InputError` as `resume` does."""
        model, config = self.configs()
        saved = self._saved() if self.checkpoint_path.exists() else None
        if saved:
            check_continues(saved, model, config)
        task = self._task_as(saved)
        check_feasible(model, task)
        check_file(self.path, model, config)
        return RunState(model, config, task, saved)

    def _saved(self) -> Checkpoint:
        try:
            return self.checkpoint()
        except DamagedError:
            raise InputError(
                "The checkpoint of {folder} is damaged, so the run cannot be continued. A new run with its "
                "settings and its seed takes the same steps.",
                folder=self.name,
            ) from None

    def _task_as(self, saved: Checkpoint | None) -> Task:
        """The task.

        Raises `InputError` if its table differs from the one that the checkpoint was trained on.
        """
        held = saved.task if saved and isinstance(saved.task, PairsTask) else None
        try:
            task = self.task()
            if held is None or held.is_same(task):
                return task
        except InputError:
            if held is None:
                raise
        raise InputError(
            "{file} is not the table that this run was trained on. Remove it to go on with that one, which "
            "the checkpoint holds; start a new run for the other.",
            file=PAIRS_TABLE,
        )


def _no_config() -> DamagedError:
    return DamagedError("{file} is damaged: it does not say what was trained.", file=CONFIG)


class NameTakenError(InputError):
    """There is already a run of that name."""


@contextmanager
def new_folder(root: Path, name: str) -> Iterator[Path]:
    """Create a new folder in `root`, and remove it again if the `with` block fails.

    Raises `NameTakenError`, or `InputError` if the name is invalid or writing fails.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", name):
        raise InputError(
            "“{name}” cannot name a run: letters, digits, dots, dashes and underscores would do.",
            name=name[:80],
        )
    try:
        (root / name).mkdir(parents=True)
    except FileExistsError:
        raise NameTakenError("There is already a run named {name}.", name=name) from None
    except OSError as error:
        raise unwritable(error) from None
    try:
        yield root / name
    except BaseException as error:
        shutil.rmtree(root / name, ignore_errors=True)
        if isinstance(error, OSError):
            raise unwritable(error) from None
        raise


def keep_pairs(folder: Path, task: PairsTask) -> None:
    """Write the task's table of pairs into a run's folder."""
    write_atomically(folder / PAIRS_TABLE, task.table().encode())


def task_of(folder: Path, training: TrainConfig) -> Task:
    """The task of the run in a folder; a missing table of pairs is read from the checkpoint instead.

    Raises `InputError` if the table is damaged, or missing from both.
    """
    if training.task != PAIRS:
        return task_named(training.task)
    try:
        return read_pairs((folder / PAIRS_TABLE).read_bytes(), training.tokens)
    except OSError as error:
        with suppress(InputError):
            held = read_task(folder / CHECKPOINT)
            if isinstance(held, PairsTask) and held.tokens == training.tokens:
                return held
        raise InputError(
            "{file} cannot be read: {reason}.", file=PAIRS_TABLE, reason=error.strerror
        ) from None


class MetricsWriter:
    """Appends steps to a run's metrics, flushing each line."""

    def __init__(self, run: Run) -> None:
        """Find the last step already recorded: a resumed run repeats steps, which are not written twice."""
        self.path = run.path / METRICS
        recorded = list(run.metrics())
        self.last = recorded[-1]["step"] if recorded else 0
        self._cut_torn_line()
        self._file = self.path.open("a")

    def _cut_torn_line(self) -> None:
        if self.path.exists():
            content = self.path.read_bytes()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                with self.path.open("rb+") as file:
                    file.truncate(whole)

    def write(self, record: TrainStep) -> None:
        """Write one line of JSON, unless the step is already recorded."""
        if record.step > self.last:
            self._file.write(json.dumps(record.to_dict()) + "\n")
            self._file.flush()
            self.last = record.step

    def sync(self) -> None:
        """Sync all lines to disk, so that after a power failure no checkpoint is ahead of them."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


_KNOWN = {kind: {field.name for field in fields(kind)} for kind in (TrainStep, Evaluation)}
_NEEDED = {
    kind: {field.name for field in fields(kind) if field.default is MISSING}
    for kind in (TrainStep, Evaluation)
}

LATEST_STEP = 2**53
"""The largest integer up to which a float64, as in JSON, represents every integer."""


def step_in(line: bytes) -> dict[str, Any] | None:
    """The fields of the step recorded in a line; None if the line is invalid."""
    try:
        values = parse(line)
    except (ValueError, RecursionError):
        return None
    return values if _is_record(TrainStep, values) and 0 < values["step"] <= LATEST_STEP else None


def _is_record(kind: type[TrainStep] | type[Evaluation], values: object) -> bool:
    """Whether these are the fields of a step or an evaluation, of the right types and none missing."""
    if not isinstance(values, dict):
        return False
    needed, known = _NEEDED[kind], _KNOWN[kind]
    return needed <= values.keys() <= known and all(
        _fits(name, value, may_lack=name not in needed) for name, value in values.items()
    )


def _fits(name: str, value: object, *, may_lack: bool) -> bool:
    if name == "step":
        return isinstance(value, int) and not isinstance(value, bool)
    if name == "samples":
        return isinstance(value, list) and all(map(_is_sample, value))
    if value is None:
        return may_lack
    return _is_record(Evaluation, value) if name == "evaluation" else _is_number(value)


def _is_number(value: object) -> bool:
    """Whether a float can represent it, or it is one of the names in `NOT_FINITE`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= sys.float_info.max
    return isinstance(value, float) or value in NOT_FINITE


def _is_sample(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(token, int) and token >= 0 for token in value)
