import torch

scores = torch.zeros(4, dtype=torch.float16)
keep = torch.tensor([True, True, False, False])
masked = scores.masked_fill(~keep, -1e20)

# %% the right way
masked = scores.masked_fill(~keep, float("-inf"))
