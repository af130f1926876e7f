"""Clicks: a double one makes one thing, and one that fails says why."""

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
"""Clicks of which is known what they made."""

_made: OrderedDict[str, object] = OrderedDict()
_making = threading.Lock()


def made_once(drawn: str, make: Callable[[], T]) -> T:
    """What `make` gives; a second click on a button drawn once gets what the first one made.

    `drawn` names the drawing. Of a double click the second may run before the first is done, in another
    thread, and without what the first has written into the session state.
    """
    with _making:
        if drawn not in _made:
            _made[drawn] = make()
            while len(_made) > REMEMBERED:
                _made.popitem(last=False)
        made: T = _made[drawn]  # type: ignore[assignment]  # made by the `make` of the same drawing
        return made


def says_why(callback: Callable[P, None]) -> Callable[P, None]:
    """A callback whose `InputError` is said on the page, which otherwise stays as it is."""

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except InputError as error:
            st.toast(explain(error), duration="infinite")

    return run
