# %% sum
import torch

a = torch.arange(10).view(2, 1, 1, 5)
b = 10 * torch.arange(1, 101).view(2, 2, 5, 5)

# %% a + b
result = a + b

# %% mask
import torch

energy = torch.arange(100).view(2, 2, 5, 5)
mask = (torch.arange(10) % 3 != 1).view(2, 1, 1, 5)  # True = may attend

# %% masked_fill
result = energy.masked_fill(~mask, -1)
