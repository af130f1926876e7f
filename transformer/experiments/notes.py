"""The numbers from the worked examples of "the notes", for presets.

"The notes", as comments in this project call them, are study notes on a first Transformer.
"""

from typing import Any

import torch

SCORES = torch.tensor(
    [
        [
            [
                [83, 31, 34, 65, 28],
                [24, 86, 81, 58, 26],
                [36, 66, 87, 49, 50],
                [23, 39, 40, 16, 79],
                [80, 58, 47, 65, 73],
            ],
            [
                [87, 64, 14, 94, 89],
                [14, 27, 66, 11, 49],
                [23, 45, 93, 25, 86],
                [97, 58, 17, 56, 50],
                [34, 32, 85, 62, 43],
            ],
        ],
        [
            [
                [14, 65, 52, 51, 26],
                [30, 16, 60, 40, 75],
                [44, 98, 54, 27, 39],
                [54, 66, 59, 72, 16],
                [29, 74, 76, 75, 80],
            ],
            [
                [82, 96, 46, 78, 63],
                [46, 62, 19, 12, 77],
                [72, 87, 15, 49, 93],
                [63, 27, 13, 41, 55],
                [38, 73, 20, 44, 95],
            ],
        ],
    ]
)
"""Attention scores, int64: [2, 2, 5, 5] = [B, H, L, S]."""

KEEP = torch.tensor([[True, True, True, False, False], [True, True, True, True, False]])
"""Which keys are real tokens: [2, 5] = [B, S]. Sentence 1 ends in two PADs, sentence 2 in one."""

TOKENS = torch.tensor([[7, 5, 9, 0, 0], [4, 8, 6, 3, 0]])
"""Sources [B, S] with that padding; PAD is 0."""

EMBEDDED = torch.tensor(
    [
        [[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8], [0.9, 1.0, 1.1, 1.2]],
        [[1.3, 1.4, 1.5, 1.6], [1.7, 1.8, 1.9, 2.0], [2.1, 2.2, 2.3, 2.4]],
    ]
)
"""Embeddings of two sequences of three tokens, without positions: [B, L, D] = [2, 3, 4]."""

WORDS = ("[PAD]", "[SOS]", "[EOS]", "非常好", "好", "差", "很", "我")
"""A vocabulary of eight words."""

WORD_VECTORS = torch.tensor(
    [
        [0.0, 0.0, 0.0, 0.0],
        [0.1, 0.2, 0.3, 0.4],
        [0.5, 0.6, 0.7, 0.8],
        [0.9, 0.8, 0.7, 0.6],
        [0.8, 0.7, 0.6, 0.5],
        [-0.1, -0.2, -0.3, -0.4],
        [0.0, 0.1, 0.0, 0.1],
        [0.1, 0.0, 0.1, 0.0],
    ]
)
"""Their embeddings, one row per word: [V, D] = [8, 4]. PAD's row is zero."""

SENTENCES = torch.tensor([[1, 7, 6, 4, 2], [1, 3, 2, 0, 0]])
"""Two sentences of those words: [B, L] = [2, 5]. The second ends in two PADs."""

LENGTHS = torch.tensor([5, 7, 9, 12])
"""Real tokens in each of four sequences padded to 15: [N]."""

ZERO_IS_PAD = torch.tensor([[10, 3, 0, 7, 0, 11]])
"""SOS 3 0 7 0 EOS in the first version, where each digit was its own id, SOS 10, EOS 11, and PAD also 0."""


def literal(tensor: torch.Tensor) -> str:
    """A tensor as short code: `torch.tensor([83, 31, ...]).view(2, 2, 5, 5)`."""
    if tensor.dim() == 1 or (tensor.dim() == 2 and tensor.numel() < 20):
        return f"torch.tensor({_rounded(tensor.tolist())})"
    shape = ", ".join(str(size) for size in tensor.shape)
    width = next(width for width in (25, 12, 8, tensor.size(-1)) if tensor.numel() % width == 0)
    rows = tensor.flatten().view(-1, width).tolist()
    lines = ",\n".join("    " + str(_rounded(row))[1:-1] for row in rows)
    return f"torch.tensor([\n{lines},\n]).view({shape})"


def _rounded(values: list[Any]) -> list[Any]:
    """Floats rounded to the digits that were written, without the errors of single precision."""
    return [
        _rounded(value) if isinstance(value, list) else round(value, 6) if isinstance(value, float) else value
        for value in values
    ]
