"""Listeners that are called when a run changes its state or has obeyed a command."""

from collections.abc import Callable

Listener = Callable[[], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Add a listener. It is called at every change, from any thread, and must not block."""
    _listeners.append(listener)


def tell() -> None:
    """Call all listeners."""
    for listener in _listeners:
        listener()
