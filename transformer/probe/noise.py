"""The noise: how much two passes that should be equal may differ, measured on the model in its own dtype.

If two passes have the same shapes and differ only in what a mask hides, all visible numbers go through the
same operations, so they may differ by no more than two equal passes do (on a CPU: 0). If shapes differ, sums
are added in another order. The effect depends on weights, depth and dtype; it is measured by changing every
weight to a neighbouring number of its dtype, up or down at random.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import torch
from torch import Tensor, nn

from transformer.experiments.finite import apart
from transformer.probe.passes import Pass

REPEATS = 3
MARGIN = 4.0
"""A difference must exceed this multiple of the noise. In tests with random models, rounding reached 1.1."""


class Noise:
    """The bounds that a difference must exceed to be a fault; each is measured at its first use."""

    def __init__(self, one: Pass, keep: Tensor) -> None:
        """The noise of a pass's logits at the real positions `keep` [B, L]."""
        self._pass, self._plain = one, one.logits()
        shape = self._plain.shape[:2]
        self._keep = keep if keep.shape == shape else torch.ones(shape, dtype=torch.bool)

    @cached_property
    def repeated(self) -> float:
        """Largest difference between equal passes with the same random numbers."""
        return max(self._apart() for _ in range(REPEATS))

    @cached_property
    def unseeded(self) -> float:
        """The same with different random numbers: larger than `repeated` if dropout is active."""
        return max(self._apart(seed) for seed in range(1, REPEATS))

    @cached_property
    def rounded(self) -> float:
        """Largest difference that changing the last digit of every weight makes."""
        return max(self._apart_moved(seed) for seed in range(REPEATS))

    @property
    def random(self) -> bool:
        """Whether the model uses random numbers in this mode."""
        return self.unseeded > self.repeated

    def bound(self, exact: bool) -> float:
        """The largest difference that is not a fault, for passes of equal shapes (`exact`) or others."""
        return self.repeated if exact else MARGIN * max(self.rounded, self.unseeded)

    def _apart(self, seed: int = 0) -> float:
        return largest(apart(self._pass.logits(seed), self._plain)[self._keep])

    def _apart_moved(self, seed: int) -> float:
        with moved(self._pass.module, seed):
            return self._apart()


def largest(differences: Tensor) -> float:
    """The largest number, 0 if there is none; NaN (which only one pass has) counts as infinite."""
    if not differences.numel():
        return 0.0
    return float(differences.nan_to_num(float("inf"), posinf=float("inf")).max())


@contextmanager
def moved(module: nn.Module | None, seed: int) -> Iterator[None]:
    """Change every weight to the next number of its dtype, up or down at random; restored at exit."""
    weights = list(module.parameters()) if module is not None else []
    before = [weight.detach().clone() for weight in weights]
    generator = torch.Generator().manual_seed(seed)
    try:
        with torch.no_grad():
            for weight in weights:
                if weight.is_floating_point():
                    signs = torch.randint(2, weight.shape, generator=generator).to(weight.device) * 2 - 1
                    weight.mul_(1 + signs * torch.finfo(weight.dtype).eps)
        yield
    finally:
        with torch.no_grad():
            for weight, was in zip(weights, before, strict=True):
                weight.copy_(was)
