import torch

from transformer import Trace, shipped_checkpoint

model = shipped_checkpoint("sort").model
src = torch.tensor([[1, 5, 8, 2, 0, 0]])  # SOS 2 5 EOS PAD PAD
trace = Trace()
with torch.no_grad():
    model.encode(src, trace=trace)
embedded = trace["encoder.embedding"][0, -1]
entering = trace["encoder.input"][0, -1]
length = entering.norm().item()
