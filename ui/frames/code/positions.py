from transformer.experiments import notes

# isort: split

# %% setup
import torch

from transformer.model.positional import sinusoidal_encoding

x = notes.EMBEDDED
B, L, D = x.shape
pe = sinusoidal_encoding(5, D).unsqueeze(0)  # [1, max_len, D]
torch.broadcast_shapes((1, L, D), x.shape)

# %% codes
codes = pe[:, :L, :]  # a view of the first L rows of pe: nothing is copied

# %% sum
total = x + codes  # x + pe[:, :L, :]
