"""Count the multiplications of matrix products while a computation runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten
LEFT = {_aten.mm: 0, _aten.bmm: 0, _aten.addmm: 1, _aten.addmm_: 1, _aten.baddbmm: 1, _aten.addmv: 1}
"""Matrix products, and the index of their left factor, [..., N]: each number of the result takes N
multiplications."""


class Products(TorchDispatchMode):
    """Counts multiplications within `with Products() as products: ...`; read `products.count` afterwards.

    Attention must be computed step by step: the fused kernel is not counted.
    """

    def __init__(self) -> None:
        """Start at 0."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """False, because otherwise PyTorch would import its compiler, which takes seconds."""
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Execute an operation and count its multiplications."""
        kwargs = kwargs or {}
        left = LEFT.get(func.overloadpacket)
        if left is None:
            with self:  # count inside composite operations
                result = func.decompose(*args, **kwargs)
            return func(*args, **kwargs) if result is NotImplemented else result
        result = func(*args, **kwargs)
        self.count += result.numel() * args[left].size(-1)
        return result
