"""What a model gave for an input, kept for whoever asks next: a class looks at one example together."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import ref

from torch import Tensor

from transformer import Transformer

P = ParamSpec("P")
T = TypeVar("T")

ROOM = 64 * 2**20
"""Bytes for everything that is kept, on this server."""

SHARE = 8
"""A value that takes more than 1 / n of the room is not kept; this is n."""


def remembered(
    function: Callable[Concatenate[Transformer, P], T],
) -> Callable[Concatenate[Transformer, P], T]:
    """Runs the model once for the same input, while there is room to keep what it gave.

    For a function of a model, tensors and hashable values, whose result nobody changes and which holds no
    model: what is kept must not keep it.
    """

    @wraps(function)
    def recalled(model: Transformer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        values = (*map(_key, args), *((name, _key(value)) for name, value in sorted(kwargs.items())))
        key = (recalled, ref(model), values)
        known, result = _memory.recall(key)
        if not known:
            result = function(model, *args, **kwargs)  # others may do the same meanwhile: that costs no more
            _memory.keep(key, result)
        kept: T = result
        return kept

    return recalled


def _key(value: object) -> Hashable:
    """What tells one value from another."""
    if isinstance(value, Tensor):
        return (tuple(value.shape), value.dtype, tuple(value.flatten().tolist()))
    assert isinstance(value, Hashable)
    return value


Key = tuple[Callable[..., Any], "ref[Transformer]", Hashable]


class Memory:
    """Results by what they are of; the one that nobody has asked for longest makes room for a new one."""

    def __init__(self, room: int = ROOM) -> None:
        """`room` is in bytes."""
        self.room = room
        self._results: OrderedDict[Key, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Key) -> tuple[bool, Any]:
        """Whether a result is kept, and which."""
        with self._lock:
            if key not in self._results:
                return False, None
            self._results.move_to_end(key)
            return True, self._results[key][0]

    def keep(self, key: Key, result: object) -> None:
        """Keep a result, unless it is large; forget those of models that are gone."""
        size = sum(tensor.untyped_storage().nbytes() for tensor in _tensors(result))
        if size * SHARE > self.room:
            return
        with self._lock:
            for gone in [other for other in self._results if other[1]() is None]:
                del self._results[gone]
            self._results[key] = (result, size)
            while self.taken() > self.room:
                self._results.popitem(last=False)

    def taken(self) -> int:
        """Bytes in use."""
        return sum(size for _, size in self._results.values())


def _tensors(value: object) -> Iterable[Tensor]:
    """All tensors in a result; one that stands in several places comes several times."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _tensors(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _tensors(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _tensors(getattr(value, field.name))


_memory = Memory()
