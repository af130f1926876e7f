"""How many multiplications the matrix products of a computation take, counted while it runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

_aten = torch.ops.aten
LEFT = {_aten.mm: 0, _aten.bmm: 0, _aten.addmm: 1, _aten.addmm_: 1, _aten.baddbmm: 1, _aten.addmv: 1}
"""Products, and which of their arguments is the left factor, [..., N]: each number of the result takes N
multiplications."""


class Products(TorchDispatchMode):
    """Counts while it is entered: `with Products() as products: ...`, then `products.count`.

    Attention has to be computed in the open, not by the fused kernel, which is no product of two matrices.
    """

    def __init__(self) -> None:
        """Nothing counted yet."""
        super().__init__()  # type: ignore[no-untyped-call]
        self.count = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """PyTorch's compiler needs no keeping away from here; to do so it would be imported, in seconds."""
        return False

    def __torch_dispatch__(
        self,
        func: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Called for every operation."""
        kwargs = kwargs or {}
        left = LEFT.get(func.overloadpacket)
        if left is None:
            with self:  # what is made of several operations is looked into
                result = func.decompose(*args, **kwargs)
            return func(*args, **kwargs) if result is NotImplemented else result
        result = func(*args, **kwargs)
        self.count += result.numel() * args[left].size(-1)
        return result
