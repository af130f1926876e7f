"""Sources and right targets as padded batches, for training and for measuring."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from transformer.model.vocabulary import EOS, PAD, SOS
from transformer.tasks.task import HELD_OUT_SHARE, Ids, Task


@dataclass(frozen=True)
class Batch:
    """Sources and right targets, both from SOS to EOS, padded on the right to the longest of the batch."""

    src: Tensor
    """[B, S], int64."""
    trg: Tensor
    """[B, L + 1], int64."""

    @property
    def trg_input(self) -> Tensor:
        """The decoder's input [SOS, y1, y2, ...]: [B, L]."""
        return self.trg[:, :-1]

    @property
    def trg_target(self) -> Tensor:
        """The tokens to predict [y1, y2, ..., EOS], one position ahead of `trg_input`: [B, L]."""
        return self.trg[:, 1:]

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        return type(self)(self.src.to(device), self.trg.to(device))


class NotShifted(Batch):
    """A batch in which the decoder reads the tokens that it must predict, so it only needs to copy them."""

    @property
    def trg_input(self) -> Tensor:
        """[y1, y2, ..., EOS] instead of [SOS, y1, y2, ...]: [B, L]."""
        return self.trg_target


def generate_batch(task: Task, batch_size: int, rng: np.random.Generator) -> Batch:
    """A random training batch: equal shares of the task's patterns, without held-out sequences."""
    shares = np.bincount(np.arange(batch_size) % len(task.patterns), minlength=len(task.patterns))
    rows = [
        _draw_until(task, pattern, int(share), rng)
        for pattern, share in zip(task.patterns, shares, strict=True)
    ]
    return make_batch(task, np.concatenate(rows))


def _draw_until(task: Task, pattern: str, count: int, rng: np.random.Generator) -> Ids:
    """`count` sources of one pattern that are not held out."""
    kept = np.zeros((0, task.max_length), dtype=np.int64)
    while len(kept) < count:
        drawn = task.draw(pattern, count + count // 4 + 8, rng)
        kept = np.concatenate([kept, drawn[~task.holds_out(drawn)]])
    return kept[:count]


def make_batch(task: Task, sources: Ids) -> Batch:
    """The padded batch of sources without SOS and EOS, [N, width], and their right answers."""
    return Batch(torch.from_numpy(_wrap(sources)), torch.from_numpy(_wrap(task.answers(sources))))


def pad_batch(sequences: Sequence[Sequence[int]], pad_idx: int = PAD) -> Tensor:
    """Sequences of ids of different lengths as one tensor [B, S], padded on the right."""
    tensors = [torch.tensor(sequence, dtype=torch.int64) for sequence in sequences]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=pad_idx)


def _wrap(rows: Ids) -> Ids:
    """Put SOS before and EOS after each row, and drop columns that are all PAD."""
    lengths = (rows != PAD).sum(axis=1)
    wrapped = np.full((len(rows), int(lengths.max(initial=0)) + 2), PAD, dtype=np.int64)
    wrapped[:, 0] = SOS
    wrapped[:, 1:-1] = rows[:, : wrapped.shape[1] - 2]
    wrapped[np.arange(len(rows)), lengths + 1] = EOS
    return wrapped


@lru_cache(maxsize=64)
def held_out_sources(task: Task, pattern: str, count: int) -> Ids:
    """Up to `count` different held-out sources of a pattern, always the same ones: [<= count, width].

    Patterns may have fewer: there are only 55 descending runs in all.
    """
    rng = np.random.default_rng(0)
    found = np.zeros((0, task.max_length), dtype=np.int64)
    for _ in range(20):
        drawn = task.draw(pattern, 4 * count * HELD_OUT_SHARE // 3, rng)
        found = np.concatenate([found, drawn[task.holds_out(drawn)]])
        _, first = np.unique(found, axis=0, return_index=True)
        found = found[np.sort(first)]
        if len(found) >= count:
            break
    return found[:count]


def held_out_mixture(task: Task, count: int) -> Ids:
    """Held-out sources, about equal shares of the patterns, always the same ones: [<= count, width]."""
    share = max(count // len(task.patterns), 1)
    return np.concatenate([held_out_sources(task, pattern, share) for pattern in task.patterns])[:count]


def held_out_batch(task: Task, count: int) -> Batch:
    """A fixed batch for measuring, of at most `count` sequences; see `held_out_mixture`."""
    return make_batch(task, held_out_mixture(task, count))
