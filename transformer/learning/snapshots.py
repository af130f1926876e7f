"""What a model looked like on its way: one fixed input, sent through it at moments of its training.

A snapshot changes nothing: the pass runs without dropout and without gradients, and draws no random number.
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
"""Where a run's folder keeps them, one file each."""

MOST = 48
"""How many are kept of a run, however long it is."""

ATTENTIONS = tuple(attention.path for attention in Attention)
SIMILARITIES = ("encoder.embed", "decoder.embed", "encoder.position", "decoder.position")

MOST_WORDS = 64
"""Words, and positions, whose similarity is kept: a table of two thousand could not be read anyway."""

BEYOND = 4
"""Positions past the longest sequence of the training whose codes are looked at too."""

Numbers = NDArray[np.float32]


@dataclass(frozen=True)
class Snapshot:
    """One pass over the probe, teacher forced, and the tables of the embeddings. Everything as computed."""

    step: int
    """How many steps of training the model had had; 0 before the first."""
    source: NDArray[np.int64]
    """[S], from SOS to EOS."""
    target: NDArray[np.int64]
    """The right answer, [L + 1], from SOS to EOS."""
    given: NDArray[np.int64]
    """What the decoder read, [L]: all of it but the last, unless the training fails to shift it."""
    predicted: NDArray[np.int64]
    """The token of the highest probability after each of the L tokens read."""
    probability: Numbers
    """What the model gave each right token, [L]."""
    weights: dict[str, Numbers]
    """For each of `ATTENTIONS`, every layer's and head's weights: [layers, H, L, S]."""
    masks: dict[str, NDArray[np.bool_]]
    """Which of them the mask let through (True = may attend); the same shapes."""
    similarity: dict[str, Numbers]
    """For each of `SIMILARITIES` the cosine between any two words or positions: [N, N]."""


def probe(held_out: Batch) -> Batch:
    """The sequence that is looked at, a batch of one: of the recorded samples one that is rather short.

    A third of them are shorter: long enough to have something to align, short enough to read in many panels.
    """
    rows = sample_rows(len(held_out.src))
    rows.sort(key=lambda row: int((held_out.src[row] != PAD).sum()))
    row = rows[len(rows) // 3]
    source, target = held_out.src[row], held_out.trg[row]
    return type(held_out)(source[source != PAD][None], target[target != PAD][None])  # without their padding


@torch.inference_mode()
def take_snapshot(model: Transformer, batch: Batch, step: int = 0, positions: int = MOST_WORDS) -> Snapshot:
    """Send a batch of one through the model and keep what every head attended to."""
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
    """One attention's [1, H, L, S] in each layer, on top of each other: [layers, H, L, S]."""
    places = [f"{Attention(name).place(layer)}.{part}" for layer in range(layers)]
    return torch.cat([trace[place] for place in places])


def similarity(table: Tensor) -> Tensor:
    """The cosine between any two rows, [N, D] -> [N, N]; 0 where a row is all zeros, as PAD's is."""
    length = table.norm(dim=-1, keepdim=True)
    unit: Tensor = table / length.where(length > 0, 1.0)
    return unit @ unit.T


class Snapshots:
    """The snapshots in a run's folder, each written at once and whole."""

    def __init__(self, run: Path) -> None:
        """`run` is the run's folder; that of the snapshots need not be there yet."""
        self.folder = run / FOLDER

    def steps(self) -> list[int]:
        """The steps there is a snapshot of, in order."""
        return sorted(int(path.stem) for path in self.folder.glob("*.npz") if path.stem.isdecimal())

    def path(self, step: int) -> Path:
        """The file of one step."""
        return self.folder / f"{step:08}.npz"

    def take(self, training: Training) -> bool:
        """Look at a training as it is now. False if it was looked at before, or the disk refuses the file.

        A run that goes back to its last checkpoint repeats some steps; as they are the same, so would be
        their snapshots. Nothing that goes wrong with a snapshot is worth ending a training for.
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
    """Which of the steps to drop so that at most `most` remain: the first and the last never are.

    Each time the one whose neighbours are closest, by the square roots of their steps, so that those kept lie
    about as the squares do (1, 4, 9, 16, ...): close together where much changes, at the beginning.
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
    """Raises KeyError or ValueError if this is no snapshot."""
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
