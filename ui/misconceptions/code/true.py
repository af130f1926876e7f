import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(1, 3, 8)
mask = torch.tensor([[True, True, False]])
module = nn.MultiheadAttention(8, 1, batch_first=True).eval()
with torch.no_grad():
    _, weights = module(x, x, x, key_padding_mask=mask)
one_hot = torch.eye(3)[None, None]  # as values, so that the result is the weights
q = torch.zeros(1, 1, 3, 4)
other = F.scaled_dot_product_attention(q, q, one_hot, attn_mask=mask[:, None, None])[0, 0]

# %% the right way
with torch.no_grad():
    _, weights = module(x, x, x, key_padding_mask=~mask)
