"""A remark on cos(0.01), shown wherever the study notes' value 0.9999 appears."""

import math

import torch

from ui.i18n import t


def about_cosine() -> str:
    """Explains the exact value, the float32 value, and why four decimals do not tell them apart reliably."""
    exact = math.cos(0.01)
    kept = torch.tensor(exact, dtype=torch.float32).item()
    return t(
        "cos(x) is about 1 - x²/2, so cos(0.01) is {exact}. float32 keeps about seven digits and stores "
        "{kept}. At four decimals 0.99995 is the border between rounding up and down, and it lies between "
        "the two: the exact number gives {up}, the stored one {down}. To five decimals both are {five}.",
        exact=f"{exact:.10f}",
        kept=f"{kept:.10f}",
        up=f"{exact:.4f}",
        down=f"{kept:.4f}",
        five=f"{kept:.5f}",
    )
