import torch

scores = torch.zeros(4, 4)
may_attend = torch.ones(4, 4, dtype=torch.bool).triu(1)  # upper, without the diagonal
weights = scores.masked_fill(~may_attend, float("-inf")).softmax(dim=-1)
future = torch.nan_to_num(weights).triu(1).sum().item()
empty = int(weights.isnan().any(dim=-1).sum())

# %% the right way
may_attend = torch.ones(4, 4, dtype=torch.bool).tril()
weights = scores.masked_fill(~may_attend, float("-inf")).softmax(dim=-1)
