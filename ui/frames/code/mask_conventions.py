import torch
import torch.nn.functional as F
from torch import nn

keep = torch.tensor([[[[True, True, False]]]])

# %% sizes
B, H, L, S, D = 1, 2, 3, 3, 4

# %% heads
q, k, v = (torch.randn(B, H, n, D // H) for n in (L, S, S))  # or your own

# %% module
mha = nn.MultiheadAttention(D, H, batch_first=True)
query, key = torch.randn(B, L, D), torch.randn(B, S, D)  # or your own

# %% keep
energy = q @ k.transpose(-2, -1) / (D // H) ** 0.5
weights = energy.masked_fill(~keep, float("-inf")).softmax(dim=-1)

# %% sdpa
output = F.scaled_dot_product_attention(q, k, v, attn_mask=keep)

# %% boolean
attn_mask = ~keep.expand(B, H, L, S).reshape(B * H, L, S)  # True = masked out
output, weights = mha(query, key, key, attn_mask=attn_mask)

# %% additive
attn_mask = torch.zeros(B, H, L, S).masked_fill(~keep, float("-inf"))  # added to the scores
attn_mask = attn_mask.view(B * H, L, S)
output, weights = mha(query, key, key, attn_mask=attn_mask)

# %% key_padding
key_padding_mask = ~keep.expand(B, 1, 1, S)[:, 0, 0]  # [B, S], True = masked out
output, weights = mha(query, key, key, key_padding_mask=key_padding_mask)
