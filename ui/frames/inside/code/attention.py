import torch

from ui.frames.inside.code.example import block, trace

# isort: split

# %% what comes in
import math

attention = block.attention  # fc_q, fc_k, fc_v, fc_out: Linear(D, D) each
query = trace["encoder.input"]  # [B, L, D]
key = value = query  # [B, S, D]
B, L, D = query.shape
S, H, Dh = key.size(1), attention.heads, attention.head_dim

# %% queries
weight, bias = attention.fc_q.weight, attention.fc_q.bias  # [D, D], [D]
q = attention.fc_q(query)  # [B, L, D] = query @ weight.T + bias

# %% keys and values
k = attention.fc_k(key)  # [B, S, D]
v = attention.fc_v(value)  # [B, S, D]

# %% view
viewed = q.view(B, L, H, Dh)
assert viewed.data_ptr() == q.data_ptr()  # the same memory

# %% heads
q = q.view(B, L, H, Dh).transpose(1, 2)  # [B, H, L, Dh]
k = k.view(B, S, H, Dh).transpose(1, 2)  # [B, H, S, Dh]
v = v.view(B, S, H, Dh).transpose(1, 2)  # [B, H, S, Dh]

# %% rotation
from transformer.model.rotary import rotate

q, k = rotate(q), rotate(k)

# %% scores
scores = q @ k.transpose(-2, -1)  # [B, H, L, S]

# %% bias
bias = torch.zeros(1, H, L, S)  # type: ignore[assignment]  # -slope * |i - j|, [1, H, L, S]
energy = scores / math.sqrt(Dh) + bias

# %% energy
energy = scores / math.sqrt(Dh)

# %% with and without the root
without, scaled = scores.softmax(dim=-1), energy.softmax(dim=-1)

# %% mask
mask = trace["encoder.0.self_attention.mask"]  # True = may attend, broadcast to [B, H, L, S]
masked_energy = energy.masked_fill(~mask, float("-inf"))
keep = mask.expand_as(energy)

# %% softmax
largest = masked_energy.amax(dim=-1, keepdim=True)  # [B, H, L, 1]
exponentials = (masked_energy - largest).exp()  # at most 1; exp(-inf) is exactly 0
total = exponentials.sum(dim=-1, keepdim=True)  # [B, H, L, 1]
no_key = largest == -torch.inf
weights = (exponentials / total).masked_fill(no_key, 0.0)  # a row without any key gives zeros

# %% values
context = weights @ v  # [B, H, L, Dh]

# %% back to tokens
transposed = context.transpose(1, 2)  # [B, L, H, Dh]

# %% side by side
merged = transposed.contiguous().view(B, L, D)

# %% output
weight, bias = attention.fc_out.weight, attention.fc_out.bias
output = attention.fc_out(merged)  # [B, L, D]

# %% by hand
q_hand = torch.tensor([[0.5, 0.6], [0.1, 0.2]])
k_hand = torch.tensor([[0.7, 0.8], [0.3, 0.4], [0.9, 0.1]])
dot = q_hand @ k_hand.T  # [2, 3]
energy_hand = dot / math.sqrt(2)
