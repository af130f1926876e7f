import torch

from transformer import shipped_checkpoint

checkpoint = shipped_checkpoint("sort")
src = torch.tensor([checkpoint.task.encode("5 3 9 1 1")])
with torch.no_grad():
    output = checkpoint.model(src, src[:, :1])[0, 0]  # [V]
total = output.sum().item()

# %% the right way
probabilities = output.softmax(dim=-1)
