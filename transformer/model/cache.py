"""The key-value cache: what a decoder keeps from one decoding step to the next.

It is valid only if no position attends to a later one (`Transformer.is_causal`): then a new token does not
change the keys and values of earlier tokens.
"""

import torch
from torch import Tensor


class KeyValues:
    """Keys and values of the S tokens that one attention has read, [B, H, S, Dh] each."""

    def __init__(self) -> None:
        """Start empty."""
        self.both: tuple[Tensor, Tensor] | None = None

    @property
    def length(self) -> int:
        """S."""
        return 0 if self.both is None else self.both[0].size(2)

    def extended(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Append the new tokens' keys and values to the cached ones and return all of them."""
        if self.both is not None:
            k, v = torch.cat([self.both[0], k], dim=2), torch.cat([self.both[1], v], dim=2)
        self.both = k, v
        return self.both

    def reorder(self, rows: Tensor) -> None:
        """Make row i of the batch continue the former row `rows[i]` [B]."""
        if self.both is not None:
            self.both = self.both[0][rows], self.both[1][rows]


LayerCache = tuple[KeyValues, KeyValues]
"""The caches of a decoder layer's self-attention and cross-attention."""


class Cache:
    """The caches of all layers of a decoder."""

    def __init__(self, layers: int) -> None:
        """Start empty, with `layers` layers."""
        self.layers: list[LayerCache] = [(KeyValues(), KeyValues()) for _ in range(layers)]

    @property
    def length(self) -> int:
        """Target tokens read so far."""
        return self.layers[0][0].length

    def of_target(self) -> tuple[Tensor, Tensor]:
        """Keys and values of all target tokens read, for all layers: [layers, B, H, L, Dh] each."""
        pairs = [target.both for target, _ in self.layers if target.both is not None]
        keys, values = zip(*pairs, strict=True)
        return torch.stack(keys), torch.stack(values)

    def reorder(self, rows: Tensor) -> None:
        """Make row i of the batch continue the former row `rows[i]` [B], which must have the same source."""
        for target, _ in self.layers:
            target.reorder(rows)
