import torch

scores = torch.zeros(2, 2, 5, 5)  # [B, H, L, S]
keep = torch.ones(2, 5, dtype=torch.bool)  # [B, S]
masked = scores.masked_fill(~keep, -1.0)

# %% the right way
masked = scores.masked_fill(~keep.unsqueeze(1).unsqueeze(2), -1.0)  # [B, 1, 1, S]
