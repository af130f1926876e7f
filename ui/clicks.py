"""Clicks that count once."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from streamlit.runtime.scriptrunner import get_script_run_ctx

P = ParamSpec("P")


def once(callback: Callable[P, None]) -> Callable[P, None]:
    """A callback for a button outside of all fragments, on a page with a fragment that is polled.

    If a poll falls due at the moment of a click, the browser sends the click twice: by itself, and along with
    the poll. Streamlit runs the callback for both, even at the same time; here the second is left out.
    """

    @wraps(callback)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        context = get_script_run_ctx()
        if context is None or context.fragment_ids_this_run is None:
            callback(*args, **kwargs)

    return run
