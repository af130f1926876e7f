import torch
import torch.nn.functional as F

L, S = 2, 5
q, k, v = torch.randn(1, L, 4), torch.randn(1, S, 4), torch.randn(1, S, 4)

# %% top left
F.scaled_dot_product_attention(q, k, v, is_causal=True)

# %% bottom right
keep = torch.ones(L, S, dtype=torch.bool).tril(S - L)
F.scaled_dot_product_attention(q, k, v, attn_mask=keep)
