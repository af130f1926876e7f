import torch

from ui.frames.inside.code.example import model, src, trg_input

# %% one pass
src_mask = model.make_src_mask(src)
encoded = model.encode(src, src_mask)  # once: the source does not change
parallel = model.decode(trg_input, encoded, src_mask)  # [B, L, V], all places in one pass
serial = torch.full_like(parallel, float("nan"))

# %% a step
step = 0
prefix = trg_input[:, : step + 1]  # what has been written so far
serial[:, step] = model.decode(prefix, encoded, src_mask)[:, -1]
