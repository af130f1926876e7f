"""The numbers that the source notes work with, for presets."""

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
