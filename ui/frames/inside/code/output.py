from ui.frames.inside.code.example import model, trace, trg_target

# %% memory
memory = trace["encoder.output"]  # [B, S, D]

# %% logits
fc_out = model.decoder.fc_out
weight, bias = fc_out.weight, fc_out.bias  # [V, D], [V]
x = trace["decoder.output"]  # [B, L, D]
logits = fc_out(x)  # [B, L, V]

# %% softmax
logits = trace["decoder.logits"]  # [B, L, V]
largest = logits.amax(dim=-1, keepdim=True)  # [B, L, 1], subtracted so that exp cannot overflow
exponentials = (logits - largest).exp()
total = exponentials.sum(dim=-1, keepdim=True)  # [B, L, 1]
probabilities = exponentials / total  # [B, L, V]: logits.softmax(dim=-1)

# %% loss
import torch.nn.functional as F

from transformer.experiments.finite import apart

log_probabilities = logits.log_softmax(dim=-1)  # [B, L, V], finite even if exp gives 0
right = log_probabilities.gather(-1, trg_target.unsqueeze(-1)).squeeze(-1)  # [B, L]
loss_each = -right  # [B, L]
probability = right.exp()  # [B, L]
real = trg_target != 0  # PAD is not counted: ignore_index
loss = loss_each[real].mean()
theirs = F.cross_entropy(logits.flatten(0, 1), trg_target.flatten(), ignore_index=0)
difference = apart(loss, theirs)  # from PyTorch's own loss: rounding error
