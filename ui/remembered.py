"""A cache of model results shared by all sessions, since a class often looks at the same example."""

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
"""Size of the cache in bytes, for the whole server."""

SHARE = 8
"""A result that takes more than 1 / SHARE of the cache is not kept."""


def remembered(
    function: Callable[Concatenate[Transformer, P], T],
) -> Callable[Concatenate[Transformer, P], T]:
    """Caches a function's results by model and arguments.

    The arguments after the model must be tensors or hashable. Callers must not change the result, and it
    must not refer to a model: the cache would keep that model in memory.
    """

    @wraps(function)
    def recalled(model: Transformer, /, *args: P.args, **kwargs: P.kwargs) -> T:
        values = (*map(_key, args), *((name, _key(value)) for name, value in sorted(kwargs.items())))
        key = (recalled, ref(model), values)
        known, result = _memory.recall(key)
        if not known:
            result = function(model, *args, **kwargs)  # another thread may compute the same: harmless
            _memory.keep(key, result)
        kept: T = result
        return kept

    return recalled


def _key(value: object) -> Hashable:
    """A hashable value that is equal for equal arguments: a tensor's shape, dtype and numbers."""
    if isinstance(value, Tensor):
        return (tuple(value.shape), value.dtype, tuple(value.flatten().tolist()))
    assert isinstance(value, Hashable)
    return value


Key = tuple[Callable[..., Any], "ref[Transformer]", Hashable]


class Memory:
    """Results by key; when the cache is full, the least recently used ones are dropped. Thread-safe."""

    def __init__(self, room: int = ROOM) -> None:
        """`room` is in bytes."""
        self.room = room
        self._results: OrderedDict[Key, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, key: Key) -> tuple[bool, Any]:
        """Whether a result is kept for the key, and the result."""
        with self._lock:
            if key not in self._results:
                return False, None
            self._results.move_to_end(key)
            return True, self._results[key][0]

    def keep(self, key: Key, result: object) -> None:
        """Keep a result, unless it is too large; drop results of models that no longer exist."""
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
    """All tensors in a result; a tensor that occurs several times is yielded each time."""
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
