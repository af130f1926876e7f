"""What a decoder keeps from one step of decoding to the next: keys and values.

They stay true where no position sees a later one (`Transformer.is_causal`): a new token then changes nothing
of what those of earlier tokens were computed from.
"""

import torch
from torch import Tensor


class KeyValues:
    """Keys and values of the S tokens that one attention has read, [B, H, S, Dh] each; none at first."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self.both: tuple[Tensor, Tensor] | None = None

    @property
    def length(self) -> int:
        """S."""
        return 0 if self.both is None else self.both[0].size(2)

    def extended(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """All that is kept, those of new tokens behind those of earlier ones."""
        if self.both is not None:
            k, v = torch.cat([self.both[0], k], dim=2), torch.cat([self.both[1], v], dim=2)
        self.both = k, v
        return self.both

    def reorder(self, rows: Tensor) -> None:
        """From here on row i of the batch continues row `rows[i]` [B]."""
        if self.both is not None:
            self.both = self.both[0][rows], self.both[1][rows]


LayerCache = tuple[KeyValues, KeyValues]
"""Of a decoder layer's self-attention, and of its cross-attention."""


class Cache:
    """What all layers of a decoder keep."""

    def __init__(self, layers: int) -> None:
        """Nothing is read yet."""
        self.layers: list[LayerCache] = [(KeyValues(), KeyValues()) for _ in range(layers)]

    @property
    def length(self) -> int:
        """Target tokens read so far."""
        return self.layers[0][0].length

    def of_target(self) -> tuple[Tensor, Tensor]:
        """Keys and values of all target tokens read, of all layers: [layers, B, H, L, Dh] each."""
        pairs = [target.both for target, _ in self.layers if target.both is not None]
        keys, values = zip(*pairs, strict=True)
        return torch.stack(keys), torch.stack(values)

    def reorder(self, rows: Tensor) -> None:
        """From here on row i of the batch continues row `rows[i]` [B], which is of the same source."""
        for target, _ in self.layers:
            target.reorder(rows)
