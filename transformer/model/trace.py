"""A record of every intermediate tensor of a forward pass, named by the place it lives in."""

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from torch import Tensor

Edit = Callable[[Tensor], Tensor]


class Trace(Mapping[str, Tensor]):
    """Tensors of one forward pass by place: `trace["decoder.0.cross_attention.weights"]`.

    Pass one to `forward(..., trace=trace)`. Recorded tensors are detached copies on the CPU. With `edits`
    the pass is altered on its way: whenever a place that `edits` names is reached, its function is given
    the tensor, and what it returns is recorded and used from there on. That is how a mask is edited, a
    head switched off or the positional encoding dropped, without touching the model.
    """

    as_page: ClassVar["Callable[[Trace], str] | None"] = None
    """`transformer/trace_page.py` sets it, so that the model imports nothing that stands above it."""

    def __init__(self, edits: Mapping[str, Edit] | None = None) -> None:
        """`edits` maps places to functions from tensor to tensor of the same shape.

        A model raises `InputError` for a place that it does not have.
        """
        self._tensors: dict[str, Tensor] = {}
        self._edits = dict(edits or {})
        self._prefix = ""

    @property
    def edited(self) -> tuple[str, ...]:
        """The places that are altered on the way."""
        return tuple(self._edits)

    def at(self, part: object) -> "Trace":
        """The same record, seen from a place inside it: names are then relative to `part`."""
        inner = Trace.__new__(Trace)
        inner._tensors, inner._edits = self._tensors, self._edits
        inner._prefix = f"{self._prefix}{part}."
        return inner

    def record(self, name: str, tensor: Tensor) -> Tensor:
        """Keep `tensor` under `name`; returns the tensor to go on with (another one if it is edited)."""
        place = self._prefix + name
        if place in self._edits:
            tensor = self._edits[place](tensor)
        self._tensors[place] = tensor.detach().cpu().clone()
        return tensor

    def copy(self) -> "Trace":
        """A record of its own that starts with what is in this one; the tensors themselves are shared."""
        other = Trace(self._edits)
        other._tensors.update(self._tensors)
        other._prefix = self._prefix
        return other

    def _repr_html_(self) -> str | None:
        """How a notebook shows it."""
        return Trace.as_page(self) if Trace.as_page else None

    def __getitem__(self, name: str) -> Tensor:
        """The tensor recorded at `name`."""
        return self._tensors[self._prefix + name]

    def __iter__(self) -> Iterator[str]:
        """Names, in the order in which the pass reached them."""
        start = len(self._prefix)
        return (name[start:] for name in self._tensors if name.startswith(self._prefix))

    def __len__(self) -> int:
        """How many tensors are recorded here."""
        return sum(1 for _ in self)


def at(trace: Trace | None, part: object) -> Trace | None:
    """`trace.at(part)`, or nothing where nothing is traced."""
    return None if trace is None else trace.at(part)


def record(trace: Trace | None, name: str, tensor: Tensor) -> Tensor:
    """`trace.record(name, tensor)`, or the tensor itself where nothing is traced."""
    return tensor if trace is None else trace.record(name, tensor)
