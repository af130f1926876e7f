import torch

D, H, Dh = 64, 4, 16
torch.manual_seed(0)
x, big = torch.randn(5, D), torch.nn.Linear(D, D, bias=False)
small = [big.weight[h * Dh : (h + 1) * Dh] for h in range(H)]  # a D x Dh projection each
together = big(x).view(5, H, Dh)
apart = torch.stack([x @ weight.T for weight in small], dim=1)
difference = (together - apart).abs().max().item()
