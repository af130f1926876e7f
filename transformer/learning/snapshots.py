"""Snapshots of a model during training: one fixed input is passed through it at several steps.

A snapshot does not affect the training: the pass runs without dropout and gradients, and draws no random
numbers.
"""

import io
import math
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from transformer.errors import InputError
from transformer.learning.checkpoint import write_atomically
from transformer.learning.steps import Training, sample_rows
from transformer.model.modes import evaluating
from transformer.model.places import Attention
from transformer.model.trace import Trace
from transformer.model.transformer import Transformer
from transformer.model.vocabulary import PAD
from transformer.tasks import Batch

FOLDER = "snapshots"
"""The subfolder of a run's folder that holds them, one file each."""

MOST = 48
"""The maximum number kept per run."""

ATTENTIONS = tuple(attention.path for attention in Attention)
SIMILARITIES = ("encoder.embed", "decoder.embed", "encoder.position", "decoder.position")

MOST_WORDS = 64
"""How many words or positions a similarity table has at most: a larger one would be unreadable."""

BEYOND = 4
"""How many positions beyond the longest training sequence the similarity tables include."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Snapshot:
    """One teacher-forced pass over the probe, and similarities of the embeddings."""

    step: int
    """The training step after which it was taken; 0 before the first."""
    source: NDArray[np.int64]
    """[S], from SOS to EOS."""
    target: NDArray[np.int64]
    """The right answer, [L + 1], from SOS to EOS."""
    given: NDArray[np.int64]
    """The decoder's input, [L]: the target without its last token, unless `shift_target` is off."""
    predicted: NDArray[np.int64]
    """The most probable token after each of the L tokens read."""
    probability: Numbers
    """The probability that the model gave each right token, [L]."""
    weights: dict[str, Numbers]
    """For each of `ATTENTIONS`, every layer's and head's weights: [layers, H, L, S]."""
    masks: dict[str, NDArray[np.bool_]]
    """The masks (True = may attend), of the same shapes."""
    similarity: dict[str, Numbers]
    """For each of `SIMILARITIES`, the cosine between any two words or positions: [N, N]."""


def probe(held_out: Batch) -> Batch:
    """The sequence for the snapshots, a batch of one: one of the recorded samples.

    A third of the samples are shorter: so it is long enough for alignments, yet short enough for many panels.
    """
    rows = sample_rows(len(held_out.src))
    rows.sort(key=lambda row: int((held_out.src[row] != PAD).sum()))
    row = rows[len(rows) // 3]
    source, target = held_out.src[row], held_out.trg[row]
    return type(held_out)(source[source != PAD][None], target[target != PAD][None])  # without their padding


@torch.inference_mode()
def take_snapshot(model: Transformer, batch: Batch, step: int = 0, positions: int = MOST_WORDS) -> Snapshot:
    """Pass a batch of one through the model and record the attention of every head."""
    trace = Trace()
    with evaluating(model):
        logits = model(batch.src, batch.trg_input, trace=trace)[0]  # [L, V]
    right = batch.trg_target[0]
    stacks = {"encoder": model.encoder, "decoder": model.decoder}
    tables = {f"{side}.embed": stack.embed.weight for side, stack in stacks.items()}
    tables |= {f"{side}.position": stack.position.pe[0, :positions] for side, stack in stacks.items()}
    layers = model.config.num_layers
    weights = {name: _layers(trace, layers, name, "weights") for name in ATTENTIONS}
    masks = {name: _layers(trace, layers, name, "mask") for name in ATTENTIONS}
    return Snapshot(
        step,
        batch.src[0].cpu().numpy(),
        batch.trg[0].cpu().numpy(),
        batch.trg_input[0].cpu().numpy(),
        logits.argmax(dim=-1).cpu().numpy(),
        logits.softmax(dim=-1).gather(1, right[:, None])[:, 0].cpu().numpy(),
        {name: tensor.numpy() for name, tensor in weights.items()},
        {name: tensor.expand_as(weights[name]).numpy() for name, tensor in masks.items()},
        {name: similarity(table[:MOST_WORDS]).cpu().numpy() for name, table in tables.items()},
    )


def _layers(trace: Trace, layers: int, name: str, part: str) -> Tensor:
    """One attention's [1, H, L, S] of all layers, stacked: [layers, H, L, S]."""
    places = [f"{Attention(name).place(layer)}.{part}" for layer in range(layers)]
    return torch.cat([trace[place] for place in places])


def similarity(table: Tensor) -> Tensor:
    """The cosine between any two rows, [N, D] -> [N, N]; 0 for rows of zeros, such as PAD's."""
    length = table.norm(dim=-1, keepdim=True)
    unit: Tensor = table / length.where(length > 0, 1.0)
    return unit @ unit.T


class Snapshots:
    """The snapshots in a run's folder; each is written atomically."""

    def __init__(self, run: Path) -> None:
        """`run` is the run's folder; its subfolder for snapshots need not exist yet."""
        self.folder = run / FOLDER

    def steps(self) -> list[int]:
        """The steps that have a snapshot, in ascending order."""
        return sorted(int(path.stem) for path in self.folder.glob("*.npz") if path.stem.isdecimal())

    def path(self, step: int) -> Path:
        """The path of a step's file."""
        return self.folder / f"{step:08}.npz"

    def take(self, training: Training) -> bool:
        """Take a snapshot now. Returns False if there is one for this step already, or if writing fails.

        A run resumed from its last checkpoint repeats some steps, whose snapshots would be the same. A failed
        snapshot must not end a training, so it raises no error.
        """
        if training.step <= max(self.steps(), default=-1) or not self.folder.parent.exists():
            return False
        held_out = training.held_out()
        length = max(held_out.src.size(1), held_out.trg.size(1)) + BEYOND
        snapshot = take_snapshot(training.model, probe(held_out), training.step, length)
        try:
            write_atomically(self.path(training.step), _pack(snapshot))
            for step in superfluous(self.steps()):
                self.path(step).unlink()
        except OSError:
            return False
        return True

    def read(self, step: int) -> Snapshot:
        """One snapshot. Raises `InputError` if its file cannot be read."""
        try:
            with np.load(self.path(step), allow_pickle=False) as arrays:
                return _unpack(step, dict(arrays))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            raise InputError("The snapshot of step {step} is damaged.", step=step) from None


def superfluous(steps: Sequence[int], most: int = MOST) -> list[int]:
    """The steps to drop so that at most `most` remain; never the first or the last.

    It repeatedly drops the step whose neighbours are closest by the square roots of their numbers. So the
    steps kept are spaced about like squares (1, 4, 9, 16, ...): densest at the beginning, where most changes.
    """
    kept = list(steps)
    while len(kept) > max(most, 2):
        gaps = [math.sqrt(after) - math.sqrt(before) for before, after in zip(kept, kept[2:], strict=False)]
        del kept[gaps.index(min(gaps)) + 1]
    return sorted(set(steps) - set(kept))


def _pack(snapshot: Snapshot) -> bytes:
    arrays: dict[str, Any] = {name: getattr(snapshot, name) for name in _SINGLE}
    for group in _GROUPS:
        arrays |= {f"{group}.{name}": array for name, array in getattr(snapshot, group).items()}
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _unpack(step: int, arrays: dict[str, NDArray[Any]]) -> Snapshot:
    """The snapshot in these arrays. Raises KeyError or ValueError if they are not a snapshot."""
    parts: dict[str, Any] = {name: arrays[name] for name in _SINGLE}
    for group, names in _GROUPS.items():
        parts[group] = {name: arrays[f"{group}.{name}"] for name in names}
    snapshot = Snapshot(step, **parts)
    layers, heads = snapshot.weights["encoder.self"].shape[:2]
    source, target = len(snapshot.source), len(snapshot.target) - 1
    shapes = ((source, source), (target, target), (target, source))
    for name, shape in zip(ATTENTIONS, shapes, strict=True):
        if not snapshot.weights[name].shape == snapshot.masks[name].shape == (layers, heads, *shape):
            raise ValueError(f"{name} does not fit")
    return snapshot


_SINGLE = ("source", "target", "given", "predicted", "probability")
_GROUPS = {"weights": ATTENTIONS, "masks": ATTENTIONS, "similarity": SIMILARITIES}
