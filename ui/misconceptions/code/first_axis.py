import torch

x = torch.arange(12.0).view(3, 4)  # 3 examples
mean = torch.mean(x)

# %% the right way
per_example = x.mean(dim=-1)
