import torch
import torch.nn.functional as F

embed = torch.nn.Embedding(13, 4)
ids = torch.tensor([3, 5, 8], dtype=torch.int32)
x = embed(ids)

# %% the right way
try:
    F.cross_entropy(torch.randn(3, 13), ids)
    said = "nothing"
except RuntimeError as error:
    said = str(error)
loss = F.cross_entropy(torch.randn(3, 13), ids.long())
