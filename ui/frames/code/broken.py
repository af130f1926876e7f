from transformer.experiments import notes

# isort: split

# %% scores
import torch

B, H, L = 3, 3, 3
energy = torch.arange(B * H * L * L).view(B, H, L, L).float()
lengths = L - 1 - torch.arange(B) % (L - 1)
keep = torch.arange(L) < lengths[:, None]  # [B, L]

# %% once
mask = keep.unsqueeze(1)  # [B, 1, L]
result = energy.masked_fill(~mask, float("-inf"))

# %% twice
mask = keep  # [B, L]
result = energy.masked_fill(~mask, float("-inf"))

# %% sizes: setup
# the target is one token longer
trg_keep = torch.ones(B, L + 1).bool()

# %% sizes
mask = trg_keep.unsqueeze(1).unsqueeze(2)  # [B, 1, 1, L + 1]
result = energy.masked_fill(~mask, float("-inf"))

# %% right mask
mask = keep.unsqueeze(1).unsqueeze(2)  # [B, 1, 1, L]
result = energy.masked_fill(~mask, float("-inf"))

# %% float: setup
mask = keep.unsqueeze(1).unsqueeze(2)

# %% float
result = energy.masked_fill(~mask, float("-inf"))

# %% float: right
result = energy.float().masked_fill(~mask, float("-inf"))

# %% expanded
import torch

B, H, L = 3, 3, 3
# B * L numbers in memory
a = torch.zeros(B, 1, 1, L).expand(B, H, L, L)

# %% add
result = a.add_(1)

# %% add: right
result = a.clone().add_(1)  # or a + 1

# %% fill: setup
future = torch.ones(L, L).triu(1).bool()

# %% fill
result = a.masked_fill_(future, 9)

# %% fill: right
result = a.masked_fill(future, 9)

# %% write
a[0, 0, 0, 0] = 1
result = a

# %% write: right
result = a.clone()
result[0, 0, 0, 0] = 1

# %% zero: setup
import torch

PAD = 0
energy = torch.arange(36).float().view(1, 1, 6, 6)

# %% zero
# SOS 3 0 7 0 EOS: digits are their own ids
src = notes.ZERO_IS_PAD
mask = (src != PAD).unsqueeze(1).unsqueeze(2)
result = energy.masked_fill(~mask, float("-inf"))

# %% zero: right
# SOS 3 0 7 0 EOS: digits begin at 3
src = torch.tensor([[1, 6, 3, 10, 3, 2]])
mask = (src != PAD).unsqueeze(1).unsqueeze(2)
result = energy.masked_fill(~mask, float("-inf"))
