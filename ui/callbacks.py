"""Decorators for button callbacks: a double click creates one thing, and a click that fails says why."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from transformer import InputError
from ui.i18n import explain

P = ParamSpec("P")
T = TypeVar("T")

REMEMBERED = 1000
"""How many clicks' results are remembered."""

_made: OrderedDict[str, object] = OrderedDict()
_making = threading.Lock()


def made_once(drawn: str, make: Callable[[], T]) -> T:
    """The result of `make`; a second click on the same drawing of a button gets the first click's result.

    `drawn` names the drawing. The second click of a double click may run before the first is done, in
    another thread, and cannot see what the first wrote into the session state.
    """
    with _making:
        if drawn not in _made:
            _made[drawn] = make()
            while len(_made) > REMEMBERED:
                _made.popitem(last=False)
        made: T = _made[drawn]  # type: ignore[assignment]  # made by the `make` of the same drawing
        return made


def says_why(callback: Callable[P, None]) -> Callable[P, None]:
    """Wraps a callback so that its `InputError` is shown as a toast and the page stays as it is."""

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except InputError as error:
            st.toast(explain(error), duration="infinite")

    return run
