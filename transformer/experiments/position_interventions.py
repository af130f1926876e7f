"""Experiments on positions: alter the positional encodings of a trained model, and measure its accuracy.

The model itself is not changed: the experiments use a copy with a different `pe`.
"""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from transformer.learning.steps import exact_match
from transformer.limits import MAX_SHUFFLED
from transformer.model.attention import MultiHeadAttention
from transformer.model.places import STACKS, StackName
from transformer.model.positional import RelativePositions, frequencies
from transformer.model.transformer import Transformer
from transformer.tasks import Batch, DigitTask, Task, held_out_sources, make_batch, random_digits

ChangeKind = Literal["own", "zero", "scale", "shuffle", "swap", "shift", "noise"]
Stacks = Literal["both"] | StackName
CHANGE_KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)
SIDES: tuple[Stacks, ...] = ("both", *STACKS)


@dataclass(frozen=True)
class CodeChange:
    """A change to the encodings [1, max_len, D] of a model's encoder, decoder or both."""

    kind: ChangeKind = "own"
    side: Stacks = "both"
    amount: float = 0.0
    """The factor of `scale`, the number of positions of `shift`, the standard deviation of `noise`."""
    pair: tuple[int, int] = (1, 2)
    """The positions that `swap` exchanges."""
    seed: int = 0
    """The seed of `shuffle` and `noise`; encoder and decoder are altered in the same way."""

    def apply(self, codes: Tensor) -> Tensor:
        """The changed encodings: [1, max_len, D]."""
        chance = torch.Generator().manual_seed(self.seed)
        if self.kind == "zero":
            return torch.zeros_like(codes)
        if self.kind == "scale":
            return codes * self.amount
        if self.kind == "shift":  # position p gets the encoding of p + amount
            return codes.roll(-round(self.amount), dims=1)
        if self.kind == "noise":
            return codes + self.amount * torch.randn(codes.shape, generator=chance)
        order = torch.arange(codes.size(1))
        if self.kind == "shuffle":
            reach = min(MAX_SHUFFLED, len(order))
            order[:reach] = torch.randperm(reach, generator=chance)
        if self.kind == "swap":
            first, second = self.pair
            order[[first, second]] = order[[second, first]]
        return codes[:, order]


@torch.no_grad()
def altered(model: Transformer, change: CodeChange) -> Transformer:
    """A copy of a model with its encodings changed.

    With rotary positions or ALiBi the encodings are zeros; `zero` then removes the rotation or the bias from
    self-attention, and only `noise` has an effect besides.
    """
    model = copy.deepcopy(model)
    stacks = [model.encoder, model.decoder] if change.side == "both" else [getattr(model, change.side)]
    for stack in stacks:
        stack.position.pe.copy_(change.apply(stack.position.pe))
        if change.kind == "zero":
            for part in stack.modules():
                if isinstance(part, MultiHeadAttention):
                    part.positions = RelativePositions()
    return model


def held_out(task: Task, count: int) -> Batch:
    """`count` held-out sequences (or all, if there are fewer), patterns in turn; always the same."""
    rows = [held_out_sources(task, pattern, count) for pattern in task.patterns]
    turn = np.concatenate([np.arange(len(sources)) for sources in rows])
    in_turn = np.concatenate(rows)[np.argsort(turn, kind="stable")]
    _, first = np.unique(in_turn, axis=0, return_index=True)  # two patterns may have the same sequence
    return make_batch(task, in_turn[np.sort(first)][:count])


def survey(model: Transformer, batch: Batch, changes: Sequence[CodeChange]) -> Iterator[float]:
    """Free-running exact match under each change in turn."""
    return (exact_match(altered(model, change), batch) for change in changes)


def by_length(model: Transformer, task: DigitTask, lengths: Sequence[int], each: int) -> Iterator[float]:
    """Exact match on `each` random digit strings of every length, which may exceed those in training.

    Raises `InputError` for a length that exceeds the model's `max_len`.
    """
    return (exact_match(model, make_batch(task, random_digits(length, each))) for length in lengths)


def shift_matrix(steps: int, embed_dim: int, base: float = 10000.0) -> Tensor:
    """The matrix M with PE(p + steps) = M @ PE(p) for every p: [D, D] in float64.

    sin((p + k) w) = sin(p w) cos(k w) + cos(p w) sin(k w), and likewise for the cosine: each pair is rotated
    by the same angle at every position. The last sine of an odd D, which has no cosine, is left out.
    """
    angle = steps * frequencies(embed_dim, base)[: embed_dim // 2]
    pairs = [torch.tensor([[w.cos(), w.sin()], [-w.sin(), w.cos()]], dtype=torch.float64) for w in angle]
    return torch.block_diag(*pairs) if pairs else torch.zeros(0, 0, dtype=torch.float64)
