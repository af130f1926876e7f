import torch

from transformer.experiments.broadcasting import Calls

q, k = torch.randn(8, 16), torch.randn(8, 16)
mask = torch.ones(8, 8, dtype=torch.bool).tril()
with Calls() as without:
    (q @ k.T).softmax(dim=-1)
with Calls() as masked:
    (q @ k.T).masked_fill(~mask, float("-inf")).softmax(dim=-1)
