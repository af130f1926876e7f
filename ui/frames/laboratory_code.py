"""The mask on screen as code that runs as shown: the mask as a literal, then its use in a convention."""

from pathlib import Path

from torch import Tensor

from ui.taught import assigned, cells

_CODE = cells(Path(__file__).parent / "code/mask_conventions.py")

_NEEDS = {
    "keep": ("import torch", "heads"),
    "sdpa": ("import torch\nimport torch.nn.functional as F", "heads"),
    "boolean": ("import torch\nfrom torch import nn", "module"),
    "additive": ("import torch\nfrom torch import nn", "module"),
    "key_padding": ("import torch\nfrom torch import nn", "module"),
}
"""The imports of each convention, and the cell that defines its inputs."""


def convention_code(mask: Tensor, sizes: tuple[int, int, int, int], embed_dim: int) -> dict[str, str]:
    """Code for each convention, by name. `mask` is its smallest form, `sizes` are B, H, L and S."""
    given = assigned(_CODE["sizes"], **{"B, H, L, S, D": ", ".join(map(str, (*sizes, embed_dim)))})
    keep = literal(mask)
    return {
        name: f"{imports}\n\n" + "\n".join([keep, given, _CODE[applied], _CODE[name]])
        for name, (imports, applied) in _NEEDS.items()
    }


def literal(mask: Tensor) -> str:
    """A mask of four axes as code that defines `keep`; each row is a string of digits, 1 = may attend."""
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
