import torch

scores, values = torch.zeros(2, 3), torch.ones(3, 2, requires_grad=True)
keep = torch.tensor([[True, True, False], [False, False, False]])
weights = scores.masked_fill(~keep, float("-inf")).softmax(dim=-1)
(weights @ values).sum().backward()

# %% the right way
from transformer.model.masks import mask_energy, softmax_or_zeros

values = torch.ones(3, 2, requires_grad=True)
weights = softmax_or_zeros(mask_energy(scores, keep))
(weights @ values).sum().backward()
