import torch

scores = torch.tensor([83, 31, 34, 65, 28])
weights = scores.softmax(dim=-1)

# %% the right way
weights = scores.float().softmax(dim=-1)
scaled = (scores.float() / 50).softmax(dim=-1)
