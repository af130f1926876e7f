import torch

scores = torch.tensor([-30000.0, -30001.0, 0.0, 0.0])  # a row of very negative scores
keep = torch.tensor([True, True, False, False])
weights = scores.masked_fill(~keep, -1e4).softmax(dim=-1)
leaked = weights[~keep].sum().item()

# %% the right way
weights = scores.masked_fill(~keep, float("-inf")).softmax(dim=-1)
