"""Alterations of a forward pass: switch off a head or a layer, blank a source token, remove positions.

The model itself is not changed: an alteration is a set of edits of a `Trace`, so it can be combined with
others and undone. A forced token changes not the pass but its input; it is an argument of `decode`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from transformer.experiments.mask_interventions import Site
from transformer.model.config import TransformerConfig
from transformer.model.places import Attention, StackName, block_input, block_output
from transformer.model.trace import Edit


@dataclass(frozen=True)
class ForcedToken:
    """At this step (0 for the first) this token is written, whatever the model would choose."""

    step: int
    token: int

    def edits(self, config: TransformerConfig) -> dict[str, Edit]:
        """No edits; see `forced_tokens`."""
        return {}


@dataclass(frozen=True)
class HeadOff:
    """One head's context is set to zero, so it contributes nothing to the input of `fc_out`."""

    attention: Attention
    layer: int
    head: int

    def edits(self, config: TransformerConfig) -> dict[str, Edit]:
        """An edit of the attention's context [B, H, L, Dh]."""
        (place,) = Site(self.attention, self.layer, self.head).places(config)
        return {f"{place}.context": self._silence}

    def _silence(self, context: Tensor) -> Tensor:
        context = context.clone()
        context[:, self.head] = 0.0
        return context


@dataclass(frozen=True)
class LayerOff:
    """A block, with its norms, returns its input, as if the model had been built without it."""

    side: StackName
    layer: int

    def edits(self, config: TransformerConfig) -> dict[str, Edit]:
        """Edits of the block's input (stored) and of its output (replaced by the input)."""
        bypass = _Bypass()
        return {
            block_input(config, self.side, self.layer): bypass.remember,
            block_output(config, self.side, self.layer): bypass.replace,
        }


class _Bypass:
    """Carries a tensor past a block."""

    def remember(self, given: Tensor) -> Tensor:
        self.given = given
        return given

    def replace(self, output: Tensor) -> Tensor:
        return self.given


@dataclass(frozen=True)
class SourceBlanked:
    """No decoder layer may attend to this position of the source (0 for its SOS)."""

    position: int

    def edits(self, config: TransformerConfig) -> dict[str, Edit]:
        """Edits of the masks [B, 1, 1, S] of all cross-attentions."""
        return {f"{place}.mask": self._blank for place in Site(Attention.CROSS).places(config)}

    def _blank(self, mask: Tensor) -> Tensor:
        mask = mask.clone()
        mask[..., self.position] = False
        return mask


@dataclass(frozen=True)
class PositionsDropped:
    """Adds no positional encodings to the embeddings of the encoder or decoder."""

    side: StackName

    def edits(self, config: TransformerConfig) -> dict[str, Edit]:
        """An edit of the encodings [1, L, D]."""
        return {f"{self.side}.position": torch.zeros_like}


@dataclass(frozen=True)
class PositionsSwapped:
    """Swaps the positional encodings of two positions, once the sequence has both."""

    side: StackName
    first: int
    second: int

    def edits(self, config: TransformerConfig) -> dict[str, Edit]:
        """An edit of the encodings [1, L, D]."""
        return {f"{self.side}.position": self._swap}

    def _swap(self, codes: Tensor) -> Tensor:
        if max(self.first, self.second) >= codes.size(1):
            return codes
        order = list(range(codes.size(1)))
        order[self.first], order[self.second] = self.second, self.first
        return codes[:, order]


Alteration = ForcedToken | HeadOff | LayerOff | SourceBlanked | PositionsDropped | PositionsSwapped


def forced_tokens(alterations: Iterable[Alteration]) -> dict[int, int]:
    """A mapping from step to token, for `decode`; of two alterations of one step, the later one counts."""
    return {change.step: change.token for change in alterations if isinstance(change, ForcedToken)}


def edits(alterations: Iterable[Alteration], config: TransformerConfig) -> dict[str, Edit]:
    """All edits combined, for one run of a `Trace` or `decode`; they keep state, so make new ones each time.

    Several edits of one place are applied one after the other. Layers are sorted in the order of the pass, so
    that switching off consecutive layers passes the first one's input on through all of them.
    """
    together: dict[str, Edit] = {}
    for alteration in sorted(alterations, key=lambda change: getattr(change, "layer", -1)):
        for place, edit in alteration.edits(config).items():
            together[place] = _after(together[place], edit) if place in together else edit
    return together


def _after(first: Edit, second: Edit) -> Edit:
    return lambda tensor: second(first(tensor))


def first_parting(one: Sequence[int], other: Sequence[int]) -> int | None:
    """The first index at which two sequences of tokens differ or one ends; None if they are equal."""
    pairs = zip(one, other, strict=False)
    shared = next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    return None if shared == len(one) == len(other) else shared
