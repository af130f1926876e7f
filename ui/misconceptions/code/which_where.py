import torch

from transformer import shipped_checkpoint

checkpoint = shipped_checkpoint("sort")
src = torch.tensor([checkpoint.task.encode("5 3 9 1 1")])  # S = 7
trg = torch.tensor([[1, 4, 4]])  # L = 3
model = checkpoint.model
trg_mask = model.make_trg_mask(trg)  # [B, 1, L, L]
with torch.no_grad():
    encoded = model.encode(src)
    logits = model.decode(trg, encoded, src_mask=trg_mask)

# %% the right way
with torch.no_grad():
    logits = model.decode(trg, encoded, src_mask=model.make_src_mask(src))
