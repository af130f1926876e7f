import torch

from ui.frames.inside.code.example import model, src, trace

# %% ids
tokens = src  # [B, S], int64

# %% vocabulary
ids = torch.arange(model.config.src_vocab_size).unsqueeze(0)  # [1, V]: all ids

# %% shift
trg = torch.tensor([[1, 4, 8, 11, 2]])  # SOS 1 5 8 EOS
read = trg[:, :-1]  # all but the last: what the decoder reads
write = trg[:, 1:]  # all but the first: what it should write

# %% lookup
embed = model.encoder.embed
weight = embed.weight  # [V, D]
scale = model.encoder.scale
x = weight[src] * scale  # what nn.Embedding does: pick rows

# %% position
x = trace["encoder.embedding"]  # [B, S, D]
pe = trace["encoder.position"]  # one code for each position
total = x + pe
