"""Checkpoints: safetensors files with the config, the task and a checksum in the header.

Reading one runs no code from it, and creates no tensor before the header has been checked. Uploads
(`read_checkpoint`) are limited in size; local files (`load_checkpoint`) are not.
"""

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from transformer import limits
from transformer.errors import DamagedError, InputError
from transformer.learning.checkpoint_header import EXTRA, FORMAT, MODEL, Header, damaged, read_header
from transformer.learning.resources import available_memory
from transformer.learning.savable import (
    as_json,
    check_class,
    check_task,
    check_vocabularies,
    header_too_long,
    tensors_to_save,
)
from transformer.model.config import TransformerConfig
from transformer.model.faulty_models import build_model
from transformer.model.transformer import Transformer
from transformer.tasks import PairsTask, Task, task_named

SHIPPED = Path(__file__).parents[1] / "checkpoints"
"""The folder of the models that come with the project: one run folder per task."""

CHECKSUM = "checksum"
"""The header's entry for the checksum; checkpoints of earlier versions have none."""

TIMES_READ = 3
"""Memory that reading a file takes at most, as a multiple of its size: its bytes, its tensors, the model."""


@dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint: a model, its task and more."""

    model: Transformer
    task: Task
    about: dict[str, Any] = field(default_factory=dict)
    """Plain values, such as the training configuration and the step."""
    extra: dict[str, Tensor] = field(default_factory=dict)
    """Tensors other than weights: the optimiser's moments, in a run that can be resumed."""


def save_checkpoint(
    path: Path | str,
    model: Transformer,
    task: Task | str,
    about: Mapping[str, Any] | None = None,
    extra: Mapping[str, Tensor] | None = None,
) -> None:
    """Write a checkpoint atomically.

    `task` is a task or the name of one. The pairs of a `PairsTask` are stored in the header, so that the file
    is self-contained. Raises `InputError`, and writes nothing, if `load_checkpoint` could not restore the
    same: if `check_task` refuses the task, its vocabularies do not match the model's, the model's class or
    weights differ from what `build_model` makes, weights are tied, a tensor is not float32, or `about` does
    not survive JSON.
    """
    task = task_named(task) if isinstance(task, str) else task
    check_task(task)
    check_class(model)
    check_vocabularies(model.config, task)
    tensors = tensors_to_save(model, extra or {})
    metadata = {
        "format": FORMAT,
        "task": task.name,
        "config": json.dumps(model.config.to_dict()),
        "about": as_json(about or {}),
    }
    if isinstance(task, PairsTask):
        metadata |= {"pairs": task.table(), "tokens": task.tokens}
    try:
        data = safetensors.torch.save(tensors, metadata | {CHECKSUM: _checksum(metadata, tensors)})
    except SafetensorError:
        raise header_too_long() from None  # the tensors were checked: this is all that can still be wrong
    if int.from_bytes(data[:8], "little") > limits.MAX_OWN_HEADER_BYTES:
        raise header_too_long()
    write_atomically(Path(path), data)


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` atomically, synced to disk; a reader sees the old file or the new one."""
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
        with suppress(OSError):  # the folder may have been removed
            os.unlink(temporary)
        raise


def load_checkpoint(path: Path | str) -> Checkpoint:
    """The checkpoint at `path`, with its model on the CPU in evaluation mode.

    It may be as large as memory allows. Raises `InputError` if the file cannot be read or used, in particular
    `DamagedError` if it is damaged or not a checkpoint.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            header = read_header(file, limits.MAX_OWN_HEADER_BYTES)
            _check_memory(header)
            header.check()
            file.seek(0)
            data = file.read()
    except OSError as error:
        raise _unreadable(path, error) from None
    return _checkpoint(header, data)


def read_checkpoint(data: bytes) -> Checkpoint:
    """The checkpoint in an uploaded file.

    Raises `InputError` as `load_checkpoint`, or if it exceeds `limits`.
    """
    if len(data) > limits.MAX_UPLOAD_BYTES:
        raise InputError(
            "The file is larger than {limit} MB, the most that can be uploaded.",
            limit=limits.MAX_UPLOAD_BYTES // 2**20,
        )
    header = read_header(io.BytesIO(data), limits.MAX_HEADER_BYTES)
    header.check_sizes()
    header.check()
    return _checkpoint(header, data)


def read_description(path: Path) -> tuple[TransformerConfig, dict[str, Any]]:
    """The configuration and `about` of a checkpoint, without reading tensors.

    Raises `InputError` if the file is not a checkpoint.
    """
    header = _header_of(path)
    return header.config, header.about


def read_task(path: Path) -> Task:
    """The task of a checkpoint, without reading tensors. Raises `InputError` as `load_checkpoint` does."""
    return _header_of(path).task()


def is_whole(path: Path) -> bool:
    """Whether `check_whole` raises no error."""
    try:
        check_whole(path)
    except InputError:
        return False
    return True


def check_whole(path: Path) -> None:
    """Raise `InputError`, as `load_checkpoint` does, unless header and length of the file are valid.

    No tensor is read, so damage inside a tensor is not detected.
    """
    header = _header_of(path)
    if header.stated_bytes != header.file_bytes:
        raise damaged()


def shipped_checkpoint(task: str) -> Checkpoint:
    """The model that comes with the project for a task. Raises `InputError` if there is none."""
    task_named(task)
    return load_checkpoint(SHIPPED / task / "checkpoint.safetensors")


def _header_of(path: Path) -> Header:
    try:
        with path.open("rb") as file:
            return read_header(file, limits.MAX_OWN_HEADER_BYTES)
    except OSError as error:
        raise _unreadable(path, error) from None


def _check_memory(header: Header) -> None:
    """Raise `InputError` if reading the file would take more memory than is free."""
    config = header.config
    codes = 2 * 4 * config.max_len * config.embed_dim  # encoder and decoder; not stored in the file
    needed, free = TIMES_READ * header.file_bytes + codes, available_memory()
    if free is not None and needed > free:
        raise InputError(
            "Reading this checkpoint takes about {needed} MB of memory, and this machine has {free} MB left.",
            needed=f"{needed // 2**20:,}",
            free=f"{free // 2**20:,}",
        )


def _checkpoint(header: Header, data: bytes) -> Checkpoint:
    """The checkpoint in `data`, whose header has been checked."""
    about, task = header.about, header.task()
    check_vocabularies(header.config, task)
    try:
        tensors = safetensors.torch.load(data)
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError):
        raise damaged() from None
    metadata = {name: value for name, value in header.metadata.items() if name != CHECKSUM}
    if CHECKSUM in header.metadata and header.metadata[CHECKSUM] != _checksum(metadata, tensors):
        raise DamagedError("This checkpoint is damaged: it no longer holds what was saved.")
    model = build_model(header.config)
    model.load_state_dict({name: tensors[MODEL + name] for name in model.state_dict()})
    extra = {name.removeprefix(EXTRA): tensor for name, tensor in tensors.items() if name.startswith(EXTRA)}
    return Checkpoint(model.eval(), task, about, extra)


def _checksum(metadata: Mapping[str, str], tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of metadata and tensors, independent of their order in the file."""
    digest = hashlib.sha256(json.dumps(sorted(metadata.items())).encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(json.dumps([name, tensor.shape]).encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError("{file} cannot be read: {reason}.", file=path.name, reason=error.strerror)
