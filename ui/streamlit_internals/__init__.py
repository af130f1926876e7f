"""All uses of Streamlit 1.67 beyond its public API; a test forbids them elsewhere.

- `elements`: CSS selectors of the elements that Streamlit creates.
- `run`: information about the current script run.
- `server`: information about sessions, pages and components.
- `requests`, `delivery`: replacements of three Streamlit methods that lose data when the user clicks quickly.
- `expected`: what all of this relies on, checked against the installed Streamlit before the rest is imported.
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
