"""The door to what the app uses of Streamlit 1.67 that is not its public API; a test allows it nowhere else.

- `elements`: selectors of the elements that Streamlit makes.
- `run`: what a script run knows of itself.
- `server`: what the server knows of sessions, pages and components.
- `requests`, `delivery`: three methods of Streamlit that are replaced, because quick clicks lost something.
- `expected`: what all of this relies on, compared with the installed Streamlit before the rest is loaded.
"""

from ui.streamlit_internals import expected

expected.check()

from ui.streamlit_internals.delivery import mend_delivery  # noqa: E402
from ui.streamlit_internals.elements import CONNECTION_STATE, ELEMENTS, FIELDS, SCRIPT_STATE, styled  # noqa: E402
from ui.streamlit_internals.requests import mend_requests  # noqa: E402
from ui.streamlit_internals.run import (  # noqa: E402
    is_history_navigation,
    runs_fragments,
    runs_in_session,
    session_id,
    values_come_late,
)
from ui.streamlit_internals.server import is_connected, serve_component, use_navigation_only  # noqa: E402

__all__ = [
    "CONNECTION_STATE",
    "ELEMENTS",
    "FIELDS",
    "SCRIPT_STATE",
    "is_connected",
    "is_history_navigation",
    "mend_delivery",
    "mend_requests",
    "runs_fragments",
    "runs_in_session",
    "serve_component",
    "session_id",
    "styled",
    "use_navigation_only",
    "values_come_late",
]
