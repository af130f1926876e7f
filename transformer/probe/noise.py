"""How far apart two passes are that ought to be equal: measured on the model, in its own type of number.

Where two passes have the same shapes and differ only in what a mask hides, every number that counts goes
through the same operations, so only what equal passes differ by is allowed (on a CPU that is 0). Where shapes
differ, sums are added up in another order. How much that may matter depends on the weights, the depth and the
type; it is measured by moving every weight to a neighbouring number of its type, up or down at random.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from transformer.experiments.finite import apart
from transformer.probe.passes import Pass

REPEATS = 3
MARGIN = 4.0
"""How many times the noise a difference has to be. Over random models rounding reached 1.1 times it."""


@dataclass(frozen=True)
class Noise:
    """What a difference has to exceed."""

    repeated: float
    """Largest difference between equal passes with the same random numbers."""
    unseeded: float
    """The same with other random numbers: above `repeated` if dropout or the like is active in eval mode."""
    rounded: float
    """Largest difference that the last digit of every weight makes."""

    @property
    def random(self) -> bool:
        """Whether the model draws random numbers while it answers."""
        return self.unseeded > self.repeated

    def bound(self, exact: bool) -> float:
        """The largest difference that is no fault, between passes of equal shapes (`exact`) or others."""
        return self.repeated if exact else MARGIN * max(self.rounded, self.unseeded)


def measure(subject_pass: Pass, keep: Tensor) -> Noise:
    """Noise of the logits at the real positions `keep` [B, L]."""
    plain = subject_pass.logits()
    keep = keep if keep.shape == plain.shape[:2] else torch.ones(plain.shape[:2], dtype=torch.bool)

    def difference(seed: int = 0) -> float:
        return largest(apart(subject_pass.logits(seed), plain)[keep])

    repeated = max(difference() for _ in range(REPEATS))
    unseeded = max(difference(seed) for seed in range(1, REPEATS))
    rounded = 0.0
    for seed in range(REPEATS):
        with moved(subject_pass.module, seed):
            rounded = max(rounded, difference())
    return Noise(repeated, unseeded, rounded)


def largest(differences: Tensor) -> float:
    """The largest number; NaN, which one pass alone has, counts as infinite."""
    if not differences.numel():
        return 0.0
    return float(differences.nan_to_num(float("inf"), posinf=float("inf")).max())


@contextmanager
def moved(module: nn.Module | None, seed: int) -> Iterator[None]:
    """Inside, every weight is the next number of its type, above or below."""
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
