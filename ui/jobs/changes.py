"""Who wants to know at once that a run has another state, or has obeyed."""

from collections.abc import Callable

Listener = Callable[[], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have it called at every change, from any thread; it must not wait."""
    _listeners.append(listener)


def tell() -> None:
    """Something has changed."""
    for listener in _listeners:
        listener()
