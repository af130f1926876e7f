"""A walk as Python lines and as files, to be taken elsewhere."""

import io

import numpy as np
import pandas as pd
from torch import Tensor

from transformer.decoding import DecodeStep
from ui.frames.attention import places
from ui.frames.decoding import Walk

AXES = 4
"""No tensor of a trace has more."""


def lines(walk: Walk, loaded: str, step: DecodeStep, attention: str, layer: int, head: int | None) -> str:
    """A program that decodes the same batch, prints each step's tokens and picks one head's weights.

    `loaded` is the call that gives the checkpoint; without a `head`, the average over heads is picked.
    """
    sources = [walk.source(row) for row in range(len(walk.src))]
    options = f"max_new_tokens={walk.max_new_tokens}, trace=True"
    imports = [f"from transformer import {loaded.split('(')[0]}", "from transformer.decoding import decode"]
    if walk.sampling:
        imports.append("from transformer.sampling import Sampling")
        options += f",\n                   sampling={walk.sampling!r}"
    place = places(walk.checkpoint, attention)[layer]
    picked = ".mean(dim=1)" if head is None else f"[:, {head}]"
    return "\n".join(
        [
            *imports,
            "from transformer.tasks import pad_batch",
            "",
            f"checkpoint = {loaded}",
            f"sources = {sources!r}",
            "src = pad_batch([checkpoint.task.encode(text) for text in sources])  # [B, S]",
            "labels = checkpoint.task.trg_vocabulary.labels",
            f"for step in decode(checkpoint.model, src, {options}):",
            "    print(step.step + 1, labels(step.tokens[:, -1].tolist()))",
            f"    if step.step == {step.step}:",
            f'        weights = step.trace["{place}.weights"]  # [B, H, L, S]',
            f"        picked = weights{picked}  # [B, L, S]",
        ]
    )


def npz(walk: Walk, step: DecodeStep) -> bytes:
    """All that the trace of a step holds, for the whole batch, by place; `numpy.load` reads it."""
    assert step.trace is not None
    tensors = {"src": walk.src, "tokens": step.tokens, "logits": step.logits, **step.trace}
    file = io.BytesIO()
    np.savez_compressed(
        file, allow_pickle=False, **{place: tensor.numpy() for place, tensor in tensors.items()}
    )
    return file.getvalue()


def csv(row: int, step: DecodeStep) -> bytes:
    """The trace of a step for one sequence: a line for each number, with its place and its index there."""
    assert step.trace is not None
    tables = [_table(place, tensor, row) for place, tensor in step.trace.items()]
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
