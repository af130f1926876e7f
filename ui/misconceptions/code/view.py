import torch

context = torch.randn(1, 4, 1, 16)  # [B, H, L, Dh] with L = 1, as in a cached step
merged = context.transpose(1, 2).view(1, 1, 64)

# %% the right way
context = torch.randn(1, 4, 2, 16)
try:
    context.transpose(1, 2).view(1, 2, 64)
    said = "nothing"
except RuntimeError as error:
    said = str(error)
merged = context.transpose(1, 2).contiguous().view(1, 2, 64)
