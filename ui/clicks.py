"""Clicks that count once."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import streamlit as st

from transformer import InputError
from ui.i18n import explain
from ui.streamlit_internals import runs_fragments

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


def once(callback: Callable[P, None]) -> Callable[P, None]:
    """A callback for a button outside of all fragments, on a page with a fragment that is polled.

    If a poll falls due at the moment of a click, the browser sends the click twice: by itself, and along with
    the poll. Streamlit runs the callback for both, even at the same time; here the second is left out.

    An `InputError` of the callback is said on the page, which otherwise stays as it is.
    """

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        if not runs_fragments():
            try:
                callback(*args, **kwargs)
            except InputError as error:
                st.toast(explain(error), duration="infinite")

    return run
