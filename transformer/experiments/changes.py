"""How far two forward passes are apart: at every place that a token's state passes, per position."""

import math
from dataclasses import dataclass

from torch import Tensor

from transformer.experiments.finite import apart
from transformer.model.config import TransformerConfig
from transformer.model.places import STACKS, block_output, sublayers
from transformer.model.trace import Trace


@dataclass(frozen=True)
class Change:
    """The difference of two passes at one place."""

    place: str
    by_position: Tensor
    """Largest difference at each position: [B, L] or [B, S]; NaN where only one pass has NaN."""

    @property
    def largest(self) -> float:
        """The largest difference over all positions; NaN if any is NaN."""
        return float(self.by_position.max())  # max returns NaN if there is one

    @property
    def where(self) -> tuple[int, int]:
        """Sentence and position of the largest difference."""
        flat = int(self.by_position.nan_to_num(math.inf).argmax())
        return divmod(flat, self.by_position.size(1))


def landmarks(config: TransformerConfig) -> list[str]:
    """The places of a token's state in the order of the pass: [B, S, D], [B, L, D], and logits [B, L, V]."""
    found: list[str] = []
    for stack in STACKS:
        for layer in range(config.num_layers):
            *attentions, _ = sublayers(config, stack, layer)
            found += [*(one.gave for one in attentions), block_output(config, stack, layer)]
        if config.norm == "pre":  # a final norm; otherwise the stack's output is the last block's
            found.append(f"{stack}.output")
    return [*found, "decoder.logits"]


def change_at(before: Trace, after: Trace, place: str) -> Change:
    """The difference of two passes at a place [B, T, D], for each position."""
    return Change(place, apart(after[place], before[place]).amax(dim=-1))


def changes(before: Trace, after: Trace, config: TransformerConfig) -> list[Change]:
    """The differences at all landmarks, in descending order; NaN counts as the largest."""
    found = [change_at(before, after, place) for place in landmarks(config)]
    return sorted(found, key=lambda change: -_size(change.largest))


def _size(difference: float) -> float:
    return math.inf if math.isnan(difference) else difference


def leaked_mass(weights: Tensor, own: Tensor) -> Tensor:
    """Share of each query's attention on keys that the model's own mask forbids: [..., L, S] -> [..., L]."""
    return weights.masked_fill(own, 0.0).sum(dim=-1)
