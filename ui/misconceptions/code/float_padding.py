import torch
from torch import nn

module = nn.MultiheadAttention(8, 1, batch_first=True).eval()
x = torch.randn(1, 3, 8)
padding = torch.tensor([[0.0, 0.0, float("-inf")]])  # added to the scores
with torch.no_grad():
    _, weights = module(x, x, x, key_padding_mask=padding)
last = weights[0, :, 2]

# %% the right way
causal = torch.full((3, 3), float("-inf")).triu(1)  # a float mask as well
with torch.no_grad():
    _, weights = module(x, x, x, key_padding_mask=padding, attn_mask=causal)
