"""A training run as a folder: its configuration, its metrics, its latest checkpoint."""

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
from transformer.learning.feasible import check_disk, check_feasible
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
"""Bytes at the end of the metrics in which the latest step is looked for."""


class Run:
    """One run's folder. Every file in it can be read at any time, also while the run goes on."""

    def __init__(self, path: Path) -> None:
        """An existing folder; see `create` and `find`."""
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
        """A new folder for a run about to start. Raises `InputError` if the name is taken or no file name.

        Only one's own pairs need to be given as `task`. It shall be trained with `threads` CPU threads (as
        many as now, if None); see `about` for the rest. A run that cannot succeed (see `feasible`)
        and a disk that refuses a file are an `InputError` too, and leave no folder behind.
        """
        task = task or task_named(training.task)
        check_feasible(model, task)
        check_disk(root, model, training)
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
        if not os.path.isfile(path / CONFIG):  # nor one whose path is too long, or may not be looked into
            raise InputError("There is no training run in {folder}.", folder=path.name)
        return cls(path)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def checkpoint_path(self) -> Path:
        """Where the latest checkpoint is, once there is one."""
        return self.path / CHECKPOINT

    @property
    def about(self) -> dict[str, Any]:
        """See `read_about`."""
        return read_about(self.path)

    def config(self) -> dict[str, Any]:
        """`model` and `training` as `to_dict` gave them, `threads`, and `created`, in seconds since 1970.

        Raises `InputError` if the file cannot be read or says nothing of the kind.
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
        """What is trained, and how. Raises `InputError` if the folder's files are damaged."""
        config = self.config()
        try:
            model = TransformerConfig.from_dict(config["model"])
            return model, TrainConfig.from_dict(config["training"])
        except InputError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _no_config() from None

    def task(self) -> Task:
        """What is trained. Raises `InputError` if the table of one's own pairs is gone or damaged."""
        return task_of(self.path, self.configs()[1])

    @property
    def threads(self) -> int:
        """CPU threads it was begun with; the losses depend on them in the last digits."""
        threads = self.config().get("threads")
        return threads if isinstance(threads, int) and threads > 0 else torch.get_num_threads()

    def metrics(self) -> Iterator[dict[str, Any]]:
        """The recorded steps. A last line cut short by a crash is left out, and so is a damaged one."""
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
        """How many lines of the metrics are no step, a last one cut short left out."""
        return sum(values is None for values in self._lines())

    def _lines(self) -> Iterator[dict[str, Any] | None]:
        """The fields of each recorded step; None for a line that holds none."""
        if not (self.path / METRICS).exists():
            return
        with (self.path / METRICS).open("rb") as lines:
            for line in lines:
                if line.endswith(b"\n"):
                    yield step_in(line)

    def save(self, training: Training) -> None:
        """Write the checkpoint from which `resume` continues. Raises `InputError` if the folder is gone."""
        self.check_there()
        about = {"training": training.config.to_dict(), "step": training.step}
        save_checkpoint(self.checkpoint_path, training.model, training.task, about, moments(training))

    def check_there(self) -> None:
        """Raises `InputError` if somebody has removed the folder: writing would bring back half of it."""
        if not (self.path / CONFIG).exists():
            raise InputError("The folder of the run {name} was removed.", name=self.name)

    def tidy(self) -> None:
        """Remove checkpoints that a killed process left half written, and put back a table that is gone.

        For whoever has the run's lock.
        """
        for leftover in self.path.glob(f".{CHECKPOINT}.*"):
            leftover.unlink(missing_ok=True)
        if not (self.path / PAIRS_TABLE).exists() and isinstance(task := self.task(), PairsTask):
            keep_pairs(self.path, task)

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint. Raises `InputError` if there is none yet."""
        return load_checkpoint(self.checkpoint_path)

    def resume(self, device: str | torch.device = "cpu") -> Training:
        """The training as it was at the latest checkpoint (or at the start, before the first).

        Raises `InputError` if the folder's files are damaged or do not belong together.
        """
        return self.state().training(device)

    def state(self) -> RunState:
        """All that is needed to go on, read from the folder. Raises `InputError` as `resume` does."""
        model, config = self.configs()
        saved = self._saved() if self.checkpoint_path.exists() else None
        if saved:
            check_continues(saved, model, config)
        task = self._task_as(saved)
        check_feasible(model, task)
        check_disk(self.path, model, config)
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
        """The task. Raises `InputError` if its table is not the one that the checkpoint was trained on."""
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
    """There is a run of that name already."""


@contextmanager
def new_folder(root: Path, name: str) -> Iterator[Path]:
    """A new folder of `root`, to be filled at once; whatever goes wrong, half a folder is not left behind.

    Raises `NameTakenError`, or `InputError` if the name would lead elsewhere or the disk refuses something.
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
    """Write the table of a run into its folder."""
    write_atomically(folder / PAIRS_TABLE, task.table().encode())


def task_of(folder: Path, training: TrainConfig) -> Task:
    """What a run in a folder trains; if the table of one's own pairs is gone, that in the checkpoint.

    Raises `InputError` for a table that is damaged, or gone from both.
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
    """Appends steps to a run's metrics, each line whole and at once on its way to the disk."""

    def __init__(self, run: Run) -> None:
        """Steps that an earlier part of the run recorded are not written twice: resumed steps repeat them."""
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
        """One line of JSON, unless the step is there already."""
        if record.step > self.last:
            self._file.write(json.dumps(record.to_dict()) + "\n")
            self._file.flush()
            self.last = record.step

    def sync(self) -> None:
        """Let all lines reach the disk, so that no checkpoint is ahead of them if the power fails."""
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
"""Up to here JSON's numbers count without gaps."""


def step_in(line: bytes) -> dict[str, Any] | None:
    """The fields of a recorded step; None if a line holds no such thing."""
    try:
        values = parse(line)
    except (ValueError, RecursionError):
        return None
    return values if _is_record(TrainStep, values) and 0 < values["step"] <= LATEST_STEP else None


def _is_record(kind: type[TrainStep] | type[Evaluation], values: object) -> bool:
    """Whether these are the fields of a step or an evaluation, each of its kind, none missing."""
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
    """Whether it is one that a float can hold, or the name of one that is not finite."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= sys.float_info.max
    return isinstance(value, float) or value in NOT_FINITE


def _is_sample(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(token, int) and token >= 0 for token in value)
