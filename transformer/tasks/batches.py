"""Sources and right targets as padded batches, to train on and to measure on."""

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
        """[SOS, y1, y2, ...]: what the decoder reads, [B, L]."""
        return self.trg[:, :-1]

    @property
    def trg_target(self) -> Tensor:
        """[y1, y2, ..., EOS]: what it should write, one position ahead of `trg_input`, [B, L]."""
        return self.trg[:, 1:]

    def to(self, device: torch.device) -> "Batch":
        """The same batch on another device."""
        return type(self)(self.src.to(device), self.trg.to(device))


class NotShifted(Batch):
    """The decoder is given the very tokens it shall write, so copying will do."""

    @property
    def trg_input(self) -> Tensor:
        """[y1, y2, ..., EOS] where [SOS, y1, y2, ...] belongs: [B, L]."""
        return self.trg_target


def generate_batch(task: Task, batch_size: int, rng: np.random.Generator) -> Batch:
    """A training batch: equal shares of the task's patterns, held-out sequences never among them."""
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
    """Sources without SOS and EOS, [N, width], and their right answers, as a padded batch."""
    return Batch(torch.from_numpy(_wrap(sources)), torch.from_numpy(_wrap(task.answers(sources))))


def pad_batch(sequences: Sequence[Sequence[int]], pad_idx: int = PAD) -> Tensor:
    """Sequences of ids of any lengths as one tensor [B, S], padded on the right."""
    tensors = [torch.tensor(sequence, dtype=torch.int64) for sequence in sequences]
    return torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=pad_idx)


def _wrap(rows: Ids) -> Ids:
    """Put SOS before and EOS behind each row, and drop the columns that are PAD throughout."""
    lengths = (rows != PAD).sum(axis=1)
    wrapped = np.full((len(rows), int(lengths.max(initial=0)) + 2), PAD, dtype=np.int64)
    wrapped[:, 0] = SOS
    wrapped[:, 1:-1] = rows[:, : wrapped.shape[1] - 2]
    wrapped[np.arange(len(rows)), lengths + 1] = EOS
    return wrapped


@lru_cache(maxsize=64)
def held_out_sources(task: Task, pattern: str, count: int) -> Ids:
    """Up to `count` different held-out sources of a pattern, always the same ones, [<= count, width].

    There may be fewer: only 55 descending runs exist at all.
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
    """A fixed batch to measure on, `count` sequences at the most; see `held_out_mixture`."""
    return make_batch(task, held_out_mixture(task, count))
