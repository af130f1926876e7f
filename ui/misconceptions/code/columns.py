import torch

from transformer import shipped_checkpoint
from transformer.tasks import pad_batch

checkpoint = shipped_checkpoint("sort")
task, model = checkpoint.task, checkpoint.model
alone = pad_batch([task.encode("7 2 8")])
padded = pad_batch([task.encode("7 2 8"), task.encode("5 3 9 1 1")])
with torch.no_grad():
    one, two = model.encode(alone), model.encode(padded)
real = alone.size(1)
difference = (one[0] - two[0, :real]).abs().max().item()
