import torch

# %% linear
torch.manual_seed(0)
linear = torch.nn.Linear(10, 5)
rows = torch.randn(32, 10)  # 32 examples of 10 numbers
out = linear(rows)  # [32, 5]
alone = linear(rows[7:8])  # example 7 by itself
assert torch.allclose(alone, out[7:8], atol=1e-6)

# %% more axes
grouped = rows.view(4, 8, 10)  # the same rows with two leading axes
deeper = linear(grouped)  # [4, 8, 5]
assert torch.allclose(deeper.view(32, 5), out, atol=1e-6)

# %% means
everything = out.mean()  # []
over_batch = out.mean(dim=0)  # [5]
of_each = out.mean(dim=-1)  # [32]
