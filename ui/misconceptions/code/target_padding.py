import torch

from transformer.model.masks import causal_mask, padding_mask

right_padded = torch.tensor([[1, 5, 8, 0, 0]])  # SOS 5 8 PAD PAD
left_padded = torch.tensor([[0, 0, 1, 5, 8]])  # PAD PAD SOS 5 8


def pads_seen(trg: torch.Tensor) -> int:  # by real tokens, with the triangle alone
    pad, real = trg[:, None, None, :] == 0, trg[:, None, :, None] != 0
    return int((causal_mask(5) & pad & real).sum())


right, left = pads_seen(right_padded), pads_seen(left_padded)


# %% the right way
def combined(trg: torch.Tensor) -> torch.Tensor:
    return causal_mask(5) & padding_mask(trg, 0)  # [B, 1, L, L]


seen = [int((combined(trg) & (trg[:, None, None, :] == 0)).sum()) for trg in (right_padded, left_padded)]
