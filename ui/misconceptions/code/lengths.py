import torch
from torch import nn

module = nn.MultiheadAttention(8, 2, batch_first=True).eval()
query, key = torch.randn(1, 3, 8), torch.randn(1, 5, 8)  # L = 3, S = 5
attn_mask = torch.zeros(3, 5, dtype=torch.bool)
attn_mask[:, -1] = True  # masked out
with torch.no_grad():
    _, weights = module(query, key, key, attn_mask=attn_mask)
