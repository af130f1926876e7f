# %% setup
import torch

seed = torch.Generator().manual_seed(0)
x = torch.randint(-1, 2, (32, 128, 512), generator=seed).float()  # [B, L, D]
weight = torch.randint(-1, 2, (512, 64), generator=seed).float()  # [D, Dh]

# %% product
y = x @ weight  # [32, 128, 64]

# %% one cell
row, column = x[3, 7], weight[:, 5]  # 512 numbers each
products = row * column
assert products.sum() == y[3, 7, 5]

# %% folded
rows = x.view(32 * 128, 512)
folded = rows @ weight  # [4096, 64]
assert rows.data_ptr() == x.data_ptr()  # the same memory
assert torch.equal(folded.view(32, 128, 64), y)

# %% stretched
stretched = weight.expand(32, 512, 64)
copied = weight.repeat(32, 1, 1)
assert torch.equal(x @ stretched, y)
