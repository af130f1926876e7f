import torch

torch.manual_seed(0)
scores = torch.randn(1000, 5)  # scores of a real model are around -1 to 1
keep = torch.tensor([True, True, True, False, False])
weights = scores.masked_fill(~keep, float(1e-20)).softmax(dim=-1)  # noqa: UP018
leaked = weights[:, ~keep].sum(dim=-1).mean().item()

# %% the right way
weights = scores.masked_fill(~keep, float("-inf")).softmax(dim=-1)
leaked = weights[:, ~keep].sum(dim=-1).mean().item()
