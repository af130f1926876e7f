"""The mask on screen as code that runs as it is shown: literals, then one convention each."""

from torch import Tensor

FUNCTIONAL = "import torch\nimport torch.nn.functional as F\n\n"
MODULE = "import torch\nfrom torch import nn\n\n"


def convention_code(mask: Tensor, sizes: tuple[int, int, int, int], embed_dim: int) -> dict[str, str]:
    """Code for each convention, from the smallest form of the mask and the full [B, H, L, S]."""
    B, H, L, S = sizes
    keep = f"{literal(mask)}\nB, H, L, S, D = {B}, {H}, {L}, {S}, {embed_dim}\n"
    heads = "q, k, v = (torch.randn(B, H, n, D // H) for n in (L, S, S))  # or your own\n"
    inputs = (
        "mha = nn.MultiheadAttention(D, H, batch_first=True)\n"
        "query, key = torch.randn(B, L, D), torch.randn(B, S, D)  # or your own\n"
    )
    drop = "attn_mask = ~keep.expand(B, H, L, S).reshape(B * H, L, S)  # True = masked out\n"
    add = (
        "attn_mask = torch.zeros(B, H, L, S).masked_fill(~keep, float('-inf'))  # added to the scores\n"
        "attn_mask = attn_mask.view(B * H, L, S)\n"
    )
    return {
        "keep": "import torch\n\n"
        + keep
        + heads
        + "energy = q @ k.transpose(-2, -1) / (D // H) ** 0.5\n"
        + "weights = energy.masked_fill(~keep, float('-inf')).softmax(dim=-1)\n",
        "sdpa": FUNCTIONAL
        + keep
        + heads
        + "output = F.scaled_dot_product_attention(q, k, v, attn_mask=keep)\n",
        "boolean": MODULE
        + keep
        + inputs
        + drop
        + "output, weights = mha(query, key, key, attn_mask=attn_mask)\n",
        "additive": MODULE
        + keep
        + inputs
        + add
        + "output, weights = mha(query, key, key, attn_mask=attn_mask)\n",
        "key_padding": MODULE
        + keep
        + inputs
        + "key_padding_mask = ~keep.expand(B, 1, 1, S)[:, 0, 0]  # [B, S], True = masked out\n"
        + "output, weights = mha(query, key, key, key_padding_mask=key_padding_mask)\n",
    }


def literal(mask: Tensor) -> str:
    """A mask of four axes as code, a row a string: 1 = may attend."""
    panels = [
        [["".join("01"[cell] for cell in row) for row in head] for head in sentence]
        for sentence in mask.int().tolist()
    ]
    lines = ",\n".join(f"    {sentence!r}".replace("'", '"') for sentence in panels)
    return (
        f"rows = [  # sentences, heads, queries; one digit a key, 1 = may attend\n{lines},\n]\n"
        "keep = torch.tensor(\n"
        "    [[[[int(digit) for digit in row] for row in head] for head in sentence] for sentence in rows]\n"
        f").bool()  # {list(mask.shape)}"
    )
