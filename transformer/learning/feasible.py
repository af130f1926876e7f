"""Checks before a training's first step that refuse one that is bound to fail."""

from pathlib import Path

import torch

from transformer.errors import InputError
from transformer.learning.resources import disk_free, total_memory
from transformer.learning.savable import check_task, check_vocabularies
from transformer.learning.shapes import parameter_count
from transformer.learning.steps import Optimizer, TrainConfig
from transformer.model.config import TransformerConfig
from transformer.tasks import Task

MOMENTS: dict[Optimizer, int] = {"adam": 2, "sgd": 1}
"""Numbers that an optimiser stores per weight."""

NUMBER = 4
"""Bytes of a float32."""


def check_feasible(model: TransformerConfig, task: Task) -> None:
    """Raise `InputError` if the model cannot read the task's sequences, or could not be saved with it."""
    check_task(task)
    check_vocabularies(model, task)
    needed = max(task.max_length + 2, task.longest_target + 1)  # the decoder does not read EOS
    if needed > model.max_len:
        raise InputError(
            "The longest source has {source} tokens and the longest target {target}, SOS and EOS not "
            "counted: max_len = {max_len} is too short for them, and {needed} would do.",
            source=task.max_length,
            target=task.longest_target,
            max_len=model.max_len,
            needed=needed,
        )


def check_disk(folder: Path, model: TransformerConfig, training: TrainConfig) -> None:
    """Raise `InputError` if one checkpoint needs more space than the disk of `folder` has left."""
    needed = NUMBER * (1 + MOMENTS[training.optimizer]) * parameter_count(model)
    free = disk_free(folder)
    if free is not None and needed > free:
        raise InputError(
            "A checkpoint of this training takes {needed} MB, and the disk has {free} MB left. Free some "
            "space; a smaller width or fewer layers would do, too.",
            needed=f"{needed // 2**20:,}",
            free=f"{free // 2**20:,}",
        )


def check_memory(device: torch.device, model: TransformerConfig, training: TrainConfig) -> None:
    """Raise `InputError` if a device has less memory than weights, gradients and moments alone take."""
    needed = NUMBER * (2 + MOMENTS[training.optimizer]) * parameter_count(model)
    there = torch.cuda.mem_get_info(device)[1] if device.type == "cuda" else total_memory()
    if there is not None and needed > there:
        raise InputError(
            "The weights, their gradients and what the optimiser remembers of them take {needed} MB, and "
            "{device} has {there} MB of memory. A smaller width or fewer layers would do.",
            needed=f"{needed // 2**20:,}",
            device=device,
            there=f"{there // 2**20:,}",
        )


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether this is an out-of-memory error; on the CPU, PyTorch has no class of its own for it."""
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)
