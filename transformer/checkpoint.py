"""Trained models as files: safetensors, with the config and the task in the header.

Reading one runs no code from it and makes no tensor before the header has been checked.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor

from transformer import limits
from transformer.config import TransformerConfig
from transformer.errors import InputError, brief
from transformer.mistakes import build_model
from transformer.model import Transformer
from transformer.plain_json import parse
from transformer.shapes import parameter_shapes
from transformer.tasks import PAIRS, PairsTask, Task, read_pairs, task_named, token_kind

FORMAT = "see-a-transformer/1"
SHIPPED = Path(__file__).parent / "checkpoints"
"""The folder of the models that come with the project, one run folder a task."""

MODEL, EXTRA = "model.", "extra."


@dataclass(frozen=True)
class Checkpoint:
    """A model, what it was trained for, and what else its file says."""

    model: Transformer
    task: Task
    about: dict[str, Any] = field(default_factory=dict)
    """Plain values, such as the training configuration and the step."""
    extra: dict[str, Tensor] = field(default_factory=dict)
    """Tensors that are no weights: the optimiser's moments, in a run that can be resumed."""


def save_checkpoint(
    path: Path,
    model: Transformer,
    task: Task | str,
    about: Mapping[str, Any] | None = None,
    extra: Mapping[str, Tensor] | None = None,
) -> None:
    """Write a checkpoint; whoever reads `path` meanwhile sees the old file or the new one.

    `task` is a task or the name of one. One's own pairs are written into the header, so that the model can be
    used wherever its file goes.
    """
    task = task_named(task) if isinstance(task, str) else task
    tensors = {MODEL + name: tensor for name, tensor in model.state_dict().items()}
    tensors |= {EXTRA + name: tensor for name, tensor in (extra or {}).items()}
    header = {
        "format": FORMAT,
        "task": task.name,
        "config": json.dumps(model.config.to_dict()),
        "about": json.dumps(dict(about or {})),
    }
    if isinstance(task, PairsTask):
        header |= {"pairs": task.table(), "tokens": task.tokens}
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_atomically(path, safetensors.torch.save(contiguous, header))


def write_atomically(path: Path, data: bytes) -> None:
    """Put `data` at `path` in one move, and let it reach the disk first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # gone with its folder
            os.unlink(temporary)
        raise


def load_checkpoint(path: Path | str) -> Checkpoint:
    """The checkpoint at `path`, its model on the CPU, ready to run. Raises `InputError` for a bad file."""
    path = Path(path)
    try:
        if path.stat().st_size > limits.MAX_CHECKPOINT_BYTES:
            raise _too_large()
        data = path.read_bytes()
    except OSError as error:
        raise InputError("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror) from None
    return read_checkpoint(data)


def read_description(path: Path) -> tuple[TransformerConfig, dict[str, Any]]:
    """A checkpoint's configuration and what it says `about` itself; no tensor is read.

    Raises `InputError` for a file that is no checkpoint.
    """
    try:
        with path.open("rb") as file:
            length = file.read(8)
            data = length + file.read(min(int.from_bytes(length, "little"), limits.MAX_HEADER_BYTES))
        _, metadata = _read_header(data)
        about = parse(metadata.get("about", "{}"))
    except (OSError, ValueError, RecursionError):
        raise _damaged() from None
    return _config_within_limits(metadata), about if isinstance(about, dict) else {}


def is_whole(path: Path) -> bool:
    """Whether a file has a checkpoint's header and the length that it states; no tensor is read."""
    try:
        with path.open("rb") as file:
            length = file.read(8)
            header = file.read(min(int.from_bytes(length, "little"), limits.MAX_HEADER_BYTES))
            described, _ = _read_header(length + header)
            ends = [entry["data_offsets"][1] for entry in described.values()]
            return file.seek(0, os.SEEK_END) == len(length) + len(header) + int(max(ends, default=0))
    except (OSError, ValueError, KeyError, IndexError, TypeError, OverflowError):
        return False


def read_checkpoint(data: bytes) -> Checkpoint:
    """`load_checkpoint` for a file's bytes."""
    if len(data) > limits.MAX_CHECKPOINT_BYTES:
        raise _too_large()
    described, metadata = _read_header(data)
    config, task = _config_within_limits(metadata), _task(metadata)
    if (config.src_vocab_size, config.trg_vocab_size) != (len(task.src_vocabulary), len(task.trg_vocabulary)):
        raise _damaged()
    expected = {MODEL + name: list(shape) for name, shape in parameter_shapes(config).items()}
    found = {name: entry.get("shape") for name, entry in described.items() if not name.startswith(EXTRA)}
    if found != expected or any(entry.get("dtype") != "F32" for entry in described.values()):
        raise InputError(
            "The weights in this checkpoint do not fit the configuration it states; it is damaged."
        )
    try:
        tensors = safetensors.torch.load(data)
        about = dict(parse(metadata.get("about", "{}")))
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError):
        raise _damaged() from None
    model = build_model(config)
    model.load_state_dict({name: tensors[MODEL + name] for name in model.state_dict()})
    extra = {name.removeprefix(EXTRA): tensor for name, tensor in tensors.items() if name.startswith(EXTRA)}
    return Checkpoint(model.eval(), task, about, extra)


def shipped_checkpoint(task: str) -> Checkpoint:
    """The model that comes with the project for a task. Raises `InputError` if there is none."""
    task_named(task)
    return load_checkpoint(SHIPPED / task / "checkpoint.safetensors")


def _read_header(data: bytes) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """A safetensors header: what it says of each tensor, and its metadata, nothing made of it yet."""
    size = int.from_bytes(data[:8], "little")
    if len(data) < 8 or size > min(limits.MAX_HEADER_BYTES, len(data) - 8):
        raise _damaged()
    try:
        described = parse(data[8 : 8 + size], _each_once)
        metadata = described.pop("__metadata__", {})
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise _damaged() from None
    strings = isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())
    if not strings or not all(isinstance(entry, dict) for entry in described.values()):
        raise _damaged()
    if metadata.get("format") != FORMAT:
        raise InputError("This safetensors file was not written by this program; it holds some other model.")
    return described, metadata


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no name stands twice: of two, each reader might believe another one."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _config_within_limits(metadata: dict[str, str]) -> TransformerConfig:
    try:
        values = parse(metadata["config"])
    except (KeyError, ValueError, RecursionError):
        raise _damaged() from None
    try:
        config = TransformerConfig.from_dict(values)
    except (TypeError, AttributeError):
        raise _damaged() from None
    for name, limit in limits.MAX_SIZES.items():
        if getattr(config, name) > limit:
            raise InputError(
                "This checkpoint's {name} is {value}; at most {limit} can be loaded here.",
                name=name,
                value=brief(getattr(config, name)),
                limit=limit,
            )
    return config


def _task(metadata: dict[str, str]) -> Task:
    """The task it was trained for. One's own pairs pass the same checks as a table that is uploaded."""
    if metadata.get("task") != PAIRS:
        return task_named(metadata.get("task", ""))
    try:
        return read_pairs(metadata.get("pairs", ""), token_kind(metadata.get("tokens")))
    except InputError:
        raise _damaged() from None


def _damaged() -> InputError:
    return InputError(
        "This is not a checkpoint, or it is damaged: a .safetensors file written by this program would do."
    )


def _too_large() -> InputError:
    return InputError(
        "The checkpoint is larger than {limit} MB, the most that is read.",
        limit=limits.MAX_CHECKPOINT_BYTES // 2**20,
    )
