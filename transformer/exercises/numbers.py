"""Exercises in arithmetic: softmax of masked scores, and the encoding of a position."""

import torch
from torch import Tensor

from transformer.errors import Remark
from transformer.exercises.draws import PAD, SOS, chance, run
from transformer.exercises.problem import Field, Picture, Problem
from transformer.learning.checkpoint import Checkpoint
from transformer.model.config import TransformerConfig
from transformer.model.positional import PositionalEncoding
from transformer.model.trace import Trace

TOLERANCE = 0.0101
"""For numbers with two decimals: the last digit may be off by one."""


def masked_softmax(checkpoint: Checkpoint, level: int, seed: int) -> Problem:
    """The weights of three scores, one of them masked; on level 2, all scores may be negative."""
    rng = chance(seed, level)
    lowest = 0 if level == 1 else -20
    scores = torch.from_numpy(rng.integers(lowest, lowest + 21, 3)) / 10
    hidden = int(rng.integers(1, 3))
    tokens = [SOS, *(int(token) for token in rng.integers(3, 13, 2))]
    tokens[hidden] = PAD
    place = "encoder.0.self_attention"

    def put_scores(energy: Tensor) -> Tensor:
        return scores.to(energy).expand_as(energy)

    src = torch.tensor([tokens])
    trace = run(checkpoint, src, src[:, :1], Trace({f"{place}.energy": put_scores}))
    weights = trace[f"{place}.weights"][0, 0, 0]  # [S]
    key = tuple(round(float(weight), 6) for weight in weights)
    kept = [n for n in range(3) if n != hidden]
    total = " + ".join(f"exp({scores[n]:.1f})" for n in kept)
    why = tuple(
        Remark("Key {key} is masked: its score is -inf, exp(-inf) = 0, so its weight is exactly 0.", key=n)
        if n == hidden
        else Remark(
            "Key {key}: {numerator} / ({denominator}) = {weight}. The masked key is not in the sum.",
            key=n,
            numerator=f"exp({scores[n]:.1f})",
            denominator=total,
            weight=f"{key[n]:.2f}",
        )
        for n in range(3)
    )
    row = scores.view(1, 3)
    keep = trace[f"{place}.mask"].view(1, 3)
    return Problem(
        Remark("One query has these scores for three keys. What are the weights after mask and softmax?"),
        given=(
            Picture("energy", row, ("query", "key")),
            Picture("mask", keep, ("query", "key"), truth="keeps"),
        ),
        fields=(
            Field(Remark("Weights, two digits each"), key, why, tolerance=TOLERANCE, example="0.25 0.75 0"),
        ),
    )


def position_code(_: Checkpoint, level: int, seed: int) -> Problem:
    """PE(pos, 0 to 3) for D = 4; on level 1 for small positions, so that cos(pos / 100) is almost 1."""
    rng = chance(seed, level)
    position = int(rng.integers(0, 4) if level == 1 else rng.integers(4, 30))
    config = TransformerConfig(embed_dim=4, heads=1, max_len=32)
    codes = PositionalEncoding(config)(torch.zeros(1, position + 1, 4))[0, position]  # [D]
    key = tuple(float(number) for number in codes)
    why = tuple(
        Remark(
            "i = {i}: {function}({position} / {wavelength}) = {value}, in radians.",
            i=i,
            function="sin" if i % 2 == 0 else "cos",
            position=position,
            wavelength=1 if i < 2 else 100,
            value=f"{key[i]:.4f}",
        )
        for i in range(4)
    )
    return Problem(
        Remark("What is the code PE({position}, i) of position {position} for D = 4?", position=position),
        facts=(
            ("PE(pos, 2i)", "sin(pos / 10000 ** (2i / D))"),
            ("PE(pos, 2i + 1)", "cos(pos / 10000 ** (2i / D))"),
            ("pos", str(position)),
        ),
        fields=(
            Field(
                Remark("Four numbers, two digits each"),
                key,
                why,
                tolerance=TOLERANCE,
                example="0.84 0.54 0 1",
            ),
        ),
    )
