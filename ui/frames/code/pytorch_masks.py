from transformer.experiments import notes

# isort: split

# %% scores
import torch
from torch import nn

N, H, L, S, D = 4, 2, 5, 15, 8
lengths = notes.LENGTHS
seed = torch.Generator().manual_seed(0)
x = torch.randn(N, S, D, generator=seed)
first = x[:, :L]  # the queries: L and S differ, so that one sees which axis is which
mha = nn.MultiheadAttention(D, H, batch_first=True).requires_grad_(False)
nn.init.xavier_uniform_(mha.in_proj_weight, generator=seed)
q, k, _ = nn.functional.linear(x, mha.in_proj_weight, mha.in_proj_bias).chunk(3, dim=-1)
q, k = (part.view(N, -1, H, D // H).transpose(1, 2) for part in (q[:, :L], k))  # [N, H, L or S, D / H]
energy = q @ k.transpose(-2, -1) / (D // H) ** 0.5

# %% key_padding_mask
positions = torch.arange(S)[None, :]  # [1, S]
ends = lengths[:, None]  # [N, 1]
key_padding_mask = positions >= ends  # [N, S], True = masked out

# %% key_padding_mask viewed
mask = key_padding_mask.view(N, 1, 1, S)

# %% weights
weights = energy.masked_fill(mask, float("-inf")).softmax(dim=-1)

# %% compared with key_padding_mask
_, theirs = mha(first, x, x, key_padding_mask=key_padding_mask, average_attn_weights=False)
assert torch.allclose(weights, theirs, atol=1e-6)  # PyTorch's own weights

# %% attn_mask
attn_mask = torch.ones(L, S, dtype=torch.bool).triu(diagonal=1)  # True = masked out
mask = attn_mask.view(1, 1, L, S)

# %% a mask for each head
causal = torch.ones(L, S, dtype=torch.bool).triu(diagonal=1)
window = causal | torch.ones(L, S, dtype=torch.bool).tril(diagonal=-4)
attn_mask = torch.stack([causal, window]).repeat(N, 1, 1)  # [N*H, L, S]

# %% a mask for each head viewed
mask = attn_mask.view(N, H, L, S)

# %% weights for each head
weights = energy.masked_fill(mask, float("-inf")).softmax(dim=-1)

# %% compared with attn_mask
_, theirs = mha(first, x, x, attn_mask=attn_mask, average_attn_weights=False)
assert torch.allclose(weights, theirs, atol=1e-6)  # PyTorch's own weights
