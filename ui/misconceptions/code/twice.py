import torch

low = torch.finfo(torch.float32).min
causal = torch.full((4, 4), low).triu(1)
padding = torch.tensor([low, low, 0.0, 0.0])  # the first two keys are padding
weights = (torch.zeros(4, 4) + causal + padding).softmax(dim=-1)
first = weights[0]

# %% the right way
from transformer.model.masks import causal_mask, mask_energy, softmax_or_zeros

keep = causal_mask(4) & torch.tensor([False, False, True, True])
weights = softmax_or_zeros(mask_energy(torch.zeros(1, 1, 4, 4), keep))
