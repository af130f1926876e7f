"""Exports of what a section of the decoding page shows: a Python program and data files."""

import io
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from torch import Tensor

from transformer import Checkpoint
from transformer.decoding.loop import DecodeStep

AXES = 4
"""The most axes that a tensor of a trace has."""


# --- lines -----------------------------------------------------------------------------------------------


def program(loaded: str, sources: Sequence[str], imports: Mapping[str, Sequence[str]], *body: str) -> str:
    """A program that loads a checkpoint, encodes `sources` and runs the lines `body`, which need `imports`.

    `loaded` is the call that gives the checkpoint, such as `shipped_checkpoint("sort")`.
    """
    needed: dict[str, set[str]] = {"transformer": {loaded.split("(")[0]}, "transformer.tasks": {"pad_batch"}}
    for module, names in imports.items():
        needed[module] = needed.get(module, set()) | {*names}
    return "\n".join(
        [
            *(f"from {module} import {', '.join(sorted(needed[module]))}" for module in sorted(needed)),
            "",
            f"checkpoint = {loaded}",
            f"sources = {sources!r}",
            "src = pad_batch([checkpoint.task.encode(text) for text in sources])  # [B, S]",
            "labels = checkpoint.task.trg_vocabulary.labels",
            *body,
        ]
    )


def source_text(checkpoint: Checkpoint, src: Tensor) -> str:
    """A single source [1, S] as a user would type it."""
    return checkpoint.task.source_text(src[0].tolist())


# --- tensors ---------------------------------------------------------------------------------------------


def step_tensors(step: DecodeStep) -> dict[str, Tensor]:
    """The tokens, the logits and all traced tensors of a step, by name."""
    assert step.trace is not None
    return {"tokens": step.tokens, "logits": step.logits, **step.trace}


def npz(tensors: Mapping[str, Tensor]) -> bytes:
    """Tensors by place as the bytes of an .npz file, which `numpy.load` reads."""
    file = io.BytesIO()
    np.savez_compressed(
        file, allow_pickle=False, **{place: tensor.numpy() for place, tensor in tensors.items()}
    )
    return file.getvalue()


def csv(tensors: Mapping[str, Tensor], row: int = 0) -> bytes:
    """Tensors of one sequence as CSV: a line for each number, with its place and its index."""
    tables = [_table(place, tensor, row) for place, tensor in tensors.items()]
    return pd.concat(tables).to_csv(index=False).encode()


def _table(place: str, tensor: Tensor, row: int) -> pd.DataFrame:
    """A tensor's numbers for one sequence. Its first axis is the batch's, or of size 1 if common to all."""
    first = row if tensor.size(0) > 1 else 0
    values = tensor[first : first + 1].numpy()
    index = np.indices(values.shape).reshape(values.ndim, -1)
    index[0] += first
    axes = {
        f"axis_{axis}": pd.array(index[axis] if axis < values.ndim else [None] * values.size, dtype="Int64")
        for axis in range(AXES)
    }
    return pd.DataFrame({"place": place, **axes, "value": values.ravel().astype(float)})
