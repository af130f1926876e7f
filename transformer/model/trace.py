"""A record of every intermediate tensor of a forward pass, by place (see `places.py`)."""

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from torch import Tensor

Edit = Callable[[Tensor], Tensor]


class Trace(Mapping[str, Tensor]):
    """Tensors of one forward pass by place: `trace["decoder.0.cross_attention.weights"]`.

    Pass one to `forward(..., trace=trace)`. Recorded tensors are detached copies on the CPU. `edits` alter
    the pass: when it reaches a place that `edits` names, it calls that function with the tensor, then records
    and goes on with the result. This is how a mask is edited, a head switched off or the positional encoding
    removed without changing the model.
    """

    as_page: ClassVar["Callable[[Trace], str] | None"] = None
    """Set by `transformer/trace_page.py`, because the model must not import from higher layers."""

    def __init__(self, edits: Mapping[str, Edit] | None = None) -> None:
        """`edits` maps places to functions from a tensor to a tensor of the same shape.

        A model raises `InputError` if it has no such place.
        """
        self._tensors: dict[str, Tensor] = {}
        self._edits = dict(edits or {})
        self._prefix = ""

    @property
    def edited(self) -> tuple[str, ...]:
        """The places that `edits` alters."""
        return tuple(self._edits)

    def at(self, part: object) -> "Trace":
        """A view of this record with names relative to `part`; both share the tensors and edits."""
        inner = Trace.__new__(Trace)
        inner._tensors, inner._edits = self._tensors, self._edits
        inner._prefix = f"{self._prefix}{part}."
        return inner

    def record(self, name: str, tensor: Tensor) -> Tensor:
        """Record `tensor` under `name`, edited if there is an edit for it, and return it."""
        place = self._prefix + name
        if place in self._edits:
            tensor = self._edits[place](tensor)
        self._tensors[place] = tensor.detach().cpu().clone()
        return tensor

    def copy(self) -> "Trace":
        """A shallow copy: a separate record with the same tensors."""
        other = Trace(self._edits)
        other._tensors.update(self._tensors)
        other._prefix = self._prefix
        return other

    def _repr_html_(self) -> str | None:
        """The HTML that a notebook shows, if `as_page` is set."""
        return Trace.as_page(self) if Trace.as_page else None

    def __getitem__(self, name: str) -> Tensor:
        """The tensor recorded at `name`."""
        return self._tensors[self._prefix + name]

    def __iter__(self) -> Iterator[str]:
        """Names, in the order in which they were recorded."""
        start = len(self._prefix)
        return (name[start:] for name in self._tensors if name.startswith(self._prefix))

    def __len__(self) -> int:
        """The number of tensors recorded in this view."""
        return sum(1 for _ in self)


def at(trace: Trace | None, part: object) -> Trace | None:
    """`trace.at(part)`, or None without a trace."""
    return None if trace is None else trace.at(part)


def record(trace: Trace | None, name: str, tensor: Tensor) -> Tensor:
    """`trace.record(name, tensor)`, or just `tensor` without a trace."""
    return tensor if trace is None else trace.record(name, tensor)
