from transformer.experiments import notes

# isort: split

# %% sizes
import torch

B, H, L, S = 2, 2, 5, 5

# %% source
PAD = 0
src = notes.TOKENS

# %% scores
energy = notes.SCORES

# %% cross
energy = energy[:, :, :L]  # three queries, five keys

# %% real size
energy = (energy - energy.float().mean()) / energy.float().std()

# %% padding mask
mask = (src != PAD).unsqueeze(1).unsqueeze(2)  # [B, S] -> [B, 1, S] -> [B, 1, 1, S]

# %% causal mask
mask = torch.ones(L, L, dtype=torch.bool).tril().expand(B, 1, L, L)

# %% both masks
padding = (src != PAD).unsqueeze(1).unsqueeze(2)  # [B, S] -> [B, 1, S] -> [B, 1, 1, S]
causal = torch.ones(L, L, dtype=torch.bool).tril()[None, None]  # [1, 1, L, L]
mask = causal & padding
