"""A training run as a folder: its configuration, its metrics, its latest checkpoint."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from transformer.checkpoint import Checkpoint, load_checkpoint, save_checkpoint, write_atomically
from transformer.config import TransformerConfig
from transformer.errors import InputError
from transformer.training import TrainConfig, Training, TrainStep

CONFIG, METRICS, CHECKPOINT = "config.json", "metrics.jsonl", "checkpoint.safetensors"
ABOUT = "about.json"
MOMENTS = ("exp_avg", "exp_avg_sq", "step")


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
        threads: int | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> "Run":
        """A new folder for a run about to start. Raises `InputError` if the name is taken or no file name.

        It shall be trained with `threads` CPU threads (as many as now, if None); see `about` for the rest.
        """
        path = new_folder(root, name)
        config = {
            "model": model.to_dict(),
            "training": training.to_dict(),
            "threads": threads or torch.get_num_threads(),
            "created": time.time(),
        }
        if about:
            write_about(path, about)
        write_atomically(path / CONFIG, json.dumps(config, indent=2).encode())
        return cls(path)

    @classmethod
    def find(cls, path: Path) -> "Run":
        """The run in a folder. Raises `InputError` if there is none."""
        if not (path / CONFIG).is_file():
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
        """`model` and `training` as `to_dict` gave them, `threads`, and `created`, in seconds since 1970."""
        content: dict[str, Any] = json.loads((self.path / CONFIG).read_text())
        return content

    def configs(self) -> tuple[TransformerConfig, TrainConfig]:
        """What is trained, and how. Raises `InputError` if the folder's files are damaged."""
        try:
            config = self.config()
            model = TransformerConfig.from_dict(config["model"])
            return model, TrainConfig.from_dict(config["training"])
        except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
            raise self._damaged() from None

    @property
    def threads(self) -> int:
        """CPU threads it was begun with; the losses depend on them in the last digits."""
        try:
            threads = self.config().get("threads")
        except (OSError, ValueError, AttributeError):
            raise self._damaged() from None
        return threads if isinstance(threads, int) and threads > 0 else torch.get_num_threads()

    def metrics(self) -> Iterator[dict[str, Any]]:
        """The recorded steps. A last line cut short by a crash is left out."""
        if not (self.path / METRICS).exists():
            return
        with (self.path / METRICS).open() as lines:
            for line in lines:
                if line.endswith("\n"):
                    yield json.loads(line)

    def save(self, training: Training) -> None:
        """Write the checkpoint from which `resume` continues."""
        about = {"training": training.config.to_dict(), "step": training.step}
        save_checkpoint(self.checkpoint_path, training.model, training.task.name, about, _moments(training))

    def checkpoint(self) -> Checkpoint:
        """The latest checkpoint. Raises `InputError` if there is none yet."""
        return load_checkpoint(self.checkpoint_path)

    def resume(self, device: str | torch.device = "cpu") -> Training:
        """The training as it was at the latest checkpoint (or at the start, before the first).

        Raises `InputError` if the folder's files are damaged or do not belong together.
        """
        model, config = self.configs()
        training = Training(model, config, device)
        if self.checkpoint_path.exists():
            saved = self.checkpoint()
            if saved.model.config != model or not isinstance(saved.about.get("step"), int):
                raise self._damaged()
            training.model.load_state_dict(saved.model.state_dict())
            training.step = saved.about["step"]
            _restore_moments(training, saved.extra)
        return training

    def _damaged(self) -> InputError:
        return InputError("The run in {folder} is damaged and cannot be continued.", folder=self.name)


def new_folder(root: Path, name: str) -> Path:
    """A new folder of `root`. Raises `InputError` if the name is taken, or would lead elsewhere."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", name):
        raise InputError(
            "“{name}” cannot name a run: letters, digits, dots, dashes and underscores would do.",
            name=name[:80],
        )
    try:
        (root / name).mkdir(parents=True)
    except FileExistsError:
        raise InputError("There is already a run named {name}.", name=name) from None
    except OSError as error:
        raise InputError("The run cannot be written to disk: {reason}.", reason=error.strerror) from None
    return root / name


def read_about(folder: Path) -> dict[str, Any]:
    """What people said of a run, and no training depends on: its title, whose it is, what it restarts."""
    try:
        content = json.loads((folder / ABOUT).read_text())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def write_about(folder: Path, changes: Mapping[str, Any]) -> None:
    """Change some of what `read_about` gives."""
    content = json.dumps({**read_about(folder), **changes}, indent=2)
    write_atomically(folder / ABOUT, content.encode())


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

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _moments(training: Training) -> dict[str, Tensor]:
    """Adam's state, named after the weights it belongs to."""
    state = training.optimizer.state
    return {
        f"{kind}.{name}": state[weight][kind]
        for name, weight in training.model.named_parameters()
        if weight in state
        for kind in MOMENTS
    }


def _restore_moments(training: Training, moments: dict[str, Tensor]) -> None:
    for name, weight in training.model.named_parameters():
        if f"step.{name}" in moments:
            training.optimizer.state[weight] = {
                kind: moments[f"{kind}.{name}"].to(weight.device) for kind in MOMENTS
            }
