import torch

from transformer.model.masks import padding_mask

src = torch.tensor([[10, 3, 0, 7, 0, 11]])  # SOS 3 0 7 0 EOS
mask = padding_mask(src, pad_idx=0)
hidden = (~mask[0, 0, 0]).nonzero().flatten().tolist()

# %% the right way
from transformer.tasks import task_named

src = torch.tensor([task_named("sort").encode("3 0 7 0")])
hidden = (~padding_mask(src, pad_idx=0)[0, 0, 0]).nonzero().flatten().tolist()
