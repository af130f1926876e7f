"""Sampling the next token: logits -> temperature -> top-k, top-p -> softmax -> draw."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from transformer.checks import is_number, is_whole
from transformer.decoding.ties import best_first, probabilities
from transformer.errors import InputError, brief
from transformer.model.vocabulary import PAD

TEMPERATURES = (0.01, 100.0)
"""The range of temperatures that are not 0."""

ROUNDING = 1e-9
"""Tolerance for rounding errors in sums of probabilities (double precision), so that six times 0.1 reaches a
top-p of 0.6."""


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn. The defaults draw from the model's own probabilities.

    Raises `InputError` for values out of range.
    """

    temperature: float = 1.0
    """Divides the logits: below 1 favours the best tokens, above 1 evens out the probabilities. At 0 the best
    token is always taken."""
    top_k: int = 0
    """Keep only this many of the best tokens; 0 keeps all."""
    top_p: float = 1.0
    """Of those, keep the fewest best that together reach this probability (Holtzman et al. 2020, section
    3.1)."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise `InputError` for values out of range; the message names the range."""
        low, high = TEMPERATURES
        if not is_number(self.temperature) or (self.temperature != 0 and not low <= self.temperature <= high):
            raise InputError(
                "temperature = {value} must be 0 (always the best token) or a number from {low} to {high}.",
                value=brief(self.temperature),
                low=low,
                high=high,
            )
        if not is_whole(self.top_k) or self.top_k < 0:
            raise InputError(
                "top_k = {value} must be a whole number of at least 1, or 0 to keep all tokens.",
                value=brief(self.top_k),
            )
        if not is_number(self.top_p) or not 0 < self.top_p <= 1:
            raise InputError(
                "top_p = {value} must be a number above 0 and at most 1, which keeps all tokens.",
                value=brief(self.top_p),
            )
        if not is_whole(self.seed) or self.seed < 0:
            raise InputError("seed = {value} must be a whole number of at least 0.", value=brief(self.seed))


@dataclass(frozen=True)
class Candidates:
    """The steps from logits to the probabilities that a token is drawn from; each [B, V]."""

    logits: Tensor
    """The model's output."""
    scaled: Tensor
    """Logits divided by the temperature; unchanged at temperature 0, where only the best is kept anyway."""
    kept: Tensor
    """Which tokens top-k and then top-p keep, bool: at least one per row."""
    probabilities: Tensor
    """Softmax of `scaled` over the tokens kept; exactly 0 for all others. At temperature 0 the best has 1."""


def candidates(logits: Tensor, sampling: Sampling) -> Candidates:
    """Logits [B, V] -> what the next tokens are drawn from. Of equal logits, the lower id ranks higher."""
    scaled = logits / (sampling.temperature or 1.0)
    order = best_first(logits)
    kept_of_best = _within_top(scaled.gather(-1, order), sampling)
    kept = torch.empty_like(kept_of_best).scatter_(-1, order, kept_of_best)
    if sampling.temperature == 0:
        return Candidates(logits, scaled, kept, kept.to(logits.dtype))
    return Candidates(logits, scaled, kept, probabilities(scaled.masked_fill(~kept, -math.inf)))


def _within_top(descending: Tensor, sampling: Sampling) -> Tensor:
    """Which of the logits [B, V], sorted in descending order, are kept: [B, V]."""
    size = descending.size(-1)
    top_k = 1 if sampling.temperature == 0 else min(sampling.top_k or size, size)
    within = torch.arange(size, device=descending.device).expand_as(descending) < top_k
    if sampling.top_p == 1:
        return within
    shares = probabilities(descending.masked_fill(~within, -math.inf).double())
    before = shares.cumsum(dim=-1) - shares  # total probability of all better tokens
    reached = before >= sampling.top_p - ROUNDING
    reached[:, 0] = False  # the best is always kept
    return within & ~reached


def draw(probabilities: Tensor, chance: Tensor) -> Tensor:
    """Tokens [B] drawn by inverse transform sampling.

    `probabilities` is [B, V], and `chance` [B] has a random number in [0, 1) for each row. A token of
    probability 0 is never drawn. If all probabilities are NaN (a damaged model), the last token is.
    """
    ends = probabilities.double().cumsum(dim=-1)  # [B, V]
    places = chance * ends[:, -1]
    return torch.searchsorted(ends, places[:, None], right=True)[:, 0].clamp(max=ends.size(1) - 1)


def chances(src: Tensor, steps: int, seed: int, pad_idx: int = PAD) -> Tensor:
    """Random numbers in [0, 1) for each source [B, S] and step: [B, steps].

    They depend only on the seed and on the row's tokens other than `pad_idx`. So a sequence's draws do not
    depend on the rest of its batch, and the first draws do not depend on `steps`.
    """
    rows = [[token for token in row if token != pad_idx] for row in src.tolist()]
    numbers = np.stack([np.random.default_rng([seed, *row]).random(steps) for row in rows])
    return torch.from_numpy(numbers).to(src.device)
