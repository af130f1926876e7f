"""Who is the teacher: whoever knows the token that the server prints when it starts.

The printed address carries it after a `#`, a part that browsers never send: it reaches no server's or proxy's
log. The page puts it into a cookie and opens itself anew, without it.
"""

import os
import re
import secrets

import streamlit as st

COOKIE = "transformer_teacher"
_GIVEN = "teacher_token"

_FORM = re.compile(r"[A-Za-z0-9_-]{16,200}")


def choose(given: str) -> str:
    """The token: what the environment gives, if it is long and plain enough to be one, else a new one."""
    return given if _FORM.fullmatch(given) else secrets.token_urlsafe(32)


TOKEN = choose(os.environ.get("TEACHER_TOKEN", ""))

TAKE = """
<script>
    const found = location.hash.match(/^#token=([A-Za-z0-9_-]+)$/);
    if (found) {
        const secure = location.protocol === "https:" ? "; Secure" : "";
        document.cookie = `%s=${found[1]}; Path=/; SameSite=Strict${secure}`;
        location.replace(location.pathname + location.search);
    }
</script>
"""


def address() -> str:
    """Where the page is, with the token."""
    return f"/teacher#token={TOKEN}"


def is_teacher() -> bool:
    """Whether this browser has given the token."""
    return any(secrets.compare_digest(given.encode(), TOKEN.encode()) for given in _given())


def was_refused() -> bool:
    """Whether it has given something else."""
    return any(_given())


def take_from_address() -> None:
    """Have the browser keep the token that its address carries, if it does."""
    st.html(TAKE % COOKIE, unsafe_allow_javascript=True)


def give(token: str) -> None:
    """A token that was typed; it holds for this session."""
    st.session_state[_GIVEN] = token.strip()


def _given() -> tuple[str, str]:
    return st.session_state.get(_GIVEN, ""), st.context.cookies.get(COOKIE, "")
