from transformer.experiments import notes

# isort: split

# %% lookup
import torch

from transformer.model.positional import frequencies, sinusoidal_encoding

weight = notes.WORD_VECTORS
ids = notes.SENTENCES
embedded = weight[ids]  # nn.Embedding(8, 4, padding_idx=0): picks rows

# %% angle
position = torch.arange(5).unsqueeze(1)  # [5, 1]
div_term = frequencies(4)  # exp(arange(0, 4, 2) * -(ln 10000 / 4))
angle = position * div_term  # [5, 2]

# %% codes
pe = torch.zeros(5, 4)
pe[:, 0::2] = torch.sin(angle)
pe[:, 1::2] = torch.cos(angle)
assert torch.equal(pe, sinusoidal_encoding(5, 4))

# %% sum
total = embedded + pe[:5, :]  # [2, 5, 4] + [5, 4]

# %% token
token = torch.tensor([0.1, 0.2, 0.3, 0.4])
token_at_1 = token + pe[1]

# %% batch
x = notes.EMBEDDED
pe_batch = pe.unsqueeze(0)  # [1, max_len, D]
y = x + pe_batch[:, : x.size(1), :]  # [2, 3, 4]
