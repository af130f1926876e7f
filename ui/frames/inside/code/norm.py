import torch

from ui.frames.inside.code.example import block, trace

# %% residual
x = trace["encoder.input"]  # [B, L, D], the part's input
given = trace["encoder.0.self_attention.output"]  # [B, L, D], the part's output
total = x + given

# %% statistics
norm = block.norm1
total = trace["encoder.0.residual1"]  # [B, L, D]
mean = total.mean(dim=-1, keepdim=True)  # [B, L, 1]: of each token's D numbers
variance = total.var(dim=-1, unbiased=False, keepdim=True)  # [B, L, 1]

# %% normed
weight, bias = norm.weight, norm.bias  # [D], [D]
normed = (total - mean) / torch.sqrt(variance + norm.eps) * weight + bias

# %% beside BatchNorm
import torch.nn.functional as F


def batch_norm(x: torch.Tensor) -> torch.Tensor:
    # mean and variance of each of the D dimensions, over all tokens of the batch
    return F.batch_norm(x.flatten(0, 1), None, None, training=True).view_as(x)


by_token = F.layer_norm(total, total.shape[-1:])
by_place = batch_norm(total)
alone_by_token = F.layer_norm(total[:1], total.shape[-1:])
alone_by_place = batch_norm(total[:1])

# %% by hand
tokens = torch.tensor([[0.8, 1.2, -0.4], [0.1, -0.5, 0.9]])  # two tokens, D = 3
token_mean = tokens.mean(dim=-1, keepdim=True)
token_variance = tokens.var(dim=-1, unbiased=False, keepdim=True)
by_hand = (tokens - token_mean) / torch.sqrt(token_variance + 1e-5)
assert torch.allclose(by_hand, F.layer_norm(tokens, (3,)), atol=1e-6)
