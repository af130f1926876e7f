"""Checks before saving: what could not be read back unchanged is refused."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from transformer import limits
from transformer.errors import InputError, brief
from transformer.learning.checkpoint_header import EXTRA, MODEL, expected_shapes
from transformer.learning.plain_json import parse
from transformer.model.config import TransformerConfig
from transformer.model.faulty_models import MODELS
from transformer.model.transformer import Transformer
from transformer.tasks import TASKS, PairsTask, Task, read_pairs


def check_task(task: Task) -> None:
    """Raise `InputError` unless the task can be restored from a file.

    It must be one of `TASKS`, or a `PairsTask` whose table can be read again.
    """
    if type(task) is PairsTask:
        if not _is_read_back(task):
            raise InputError(
                "These pairs cannot be saved: they would be read back as others. `read_pairs` makes a task "
                "that can be saved."
            )
    elif type(task) is not type(TASKS.get(task.name)):
        raise InputError(
            "A task of the class {kind} cannot be saved: a file can name those that come with the project "
            "({known}), or hold a table of pairs.",
            kind=type(task).__name__,
            known=", ".join(TASKS),
        )


@lru_cache(maxsize=8)
def _is_read_back(task: PairsTask) -> bool:
    """Whether reading the task's table gives the same task; cached, since a training saves many times."""
    return read_pairs(task.table(), task.tokens).is_same(task)


def check_vocabularies(config: TransformerConfig, task: Task) -> None:
    """Raise `InputError` unless the sizes of the model's vocabularies are those of the task's."""
    needed = len(task.src_vocabulary), len(task.trg_vocabulary)
    if (config.src_vocab_size, config.trg_vocab_size) != needed:
        raise InputError(
            "The model has vocabularies of {src} and {trg} tokens; those of the task “{task}” have "
            "{task_src} and {task_trg}.",
            src=brief(config.src_vocab_size),
            trg=brief(config.trg_vocab_size),
            task=task.name,
            task_src=needed[0],
            task_trg=needed[1],
        )


def check_class(model: Transformer) -> None:
    """Raise `InputError` unless the model has the class that `build_model` gives to its configuration."""
    if type(model) not in MODELS.values() or type(model) is not MODELS[model.config.mistake]:
        raise _not_built()


def _not_built() -> InputError:
    return InputError(
        "Only a model as `build_model` makes it can be saved: this one has another class, or other "
        "weights than its configuration describes."
    )


def tensors_to_save(model: Transformer, extra: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights and `extra` under their names in the file, on the CPU, without shared memory.

    Raises `InputError` for what a file cannot store.
    """
    weights = model.state_dict()
    if _shapes(weights) != expected_shapes(model.config):
        raise _not_built()
    named = {MODEL + name: tensor for name, tensor in weights.items()}
    named |= {EXTRA + name: tensor for name, tensor in extra.items()}
    for name, tensor in named.items():
        if not name.isprintable():
            raise InputError("{name} cannot be the name of a tensor in a checkpoint.", name=brief(name))
        if tensor.dtype != torch.float32 or tensor.layout != torch.strided or tensor.is_meta:
            raise InputError(
                "{name} cannot be saved: it is {kind}, and a checkpoint holds float32. `model.float()` "
                "converts a model.",
                name=brief(name),
                kind="meta" if tensor.is_meta else f"{tensor.dtype}, {tensor.layout}".replace("torch.", ""),
            )
    _check_not_tied(weights)
    return _with_own_memory(named)


def header_too_long() -> InputError:
    """The error for a model with so many tensors that their description does not fit into a checkpoint."""
    return InputError(
        "The description of this model's weights is larger than {limit} MB, the most that can be read "
        "back. Fewer layers would do.",
        limit=limits.MAX_OWN_HEADER_BYTES // 10**6,
    )


def _check_not_tied(weights: Mapping[str, Tensor]) -> None:
    first: dict[tuple[torch.device, int], str] = {}
    for name, weight in weights.items():
        other = first.setdefault((weight.device, weight.data_ptr()), name)
        if other != name:
            raise InputError(
                "The weights {one} and {other} are the same tensor, and would be two when read back. A copy "
                "(`clone`) for one of them can be saved.",
                one=other,
                other=name,
            )


def _with_own_memory(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, with copies of those that share memory, because safetensors refuses shared memory."""
    seen, own = set(), {}
    for name, tensor in tensors.items():
        plain = tensor.detach().cpu().contiguous()
        place = plain.untyped_storage().data_ptr()
        own[name] = plain.clone() if place in seen else plain
        seen.add(place)
    return own


def as_json(about: Mapping[str, Any]) -> str:
    """Plain values as JSON. Raises `InputError` if they would not be read back unchanged."""
    try:
        text = json.dumps(dict(about), allow_nan=False)
        if parse(text) == about:
            return text
    except (TypeError, ValueError, RecursionError):
        pass
    raise InputError(
        "What is said about a checkpoint must be what JSON keeps: strings, finite numbers, True, False, "
        "None, lists, and dictionaries whose names are strings."
    )


def _shapes(weights: Mapping[str, Tensor]) -> dict[str, list[int]]:
    return {name: list(weight.shape) for name, weight in weights.items()}
