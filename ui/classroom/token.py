"""Authentication of the teacher by a token that the server prints when it starts.

The printed address carries the token after a `#`. Browsers never send this part, so the token does not appear
in the logs of servers and proxies. The page stores it in a cookie and reloads without it.
"""

import os
import re
import secrets

import streamlit as st

COOKIE = "transformer_teacher"
_GIVEN = "teacher_token"

_FORM = re.compile(r"[A-Za-z0-9_-]{16,200}")


def choose(given: str) -> str:
    """The server's token: `given` if it has the form of one, else a random one."""
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


KEEP = """
<script>
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `%s=%s; Path=/; SameSite=Strict${secure}`;
</script>
"""


def address() -> str:
    """The path of the teacher's page, with the token."""
    return f"/teacher#token={TOKEN}"


def is_teacher() -> bool:
    """Whether this browser has given the token."""
    return any(map(is_right, _given()))


def is_right(given: str) -> bool:
    """Whether `given` is the token. Takes constant time."""
    return secrets.compare_digest(given.encode(), TOKEN.encode())


def was_refused() -> bool:
    """Whether this browser has given any token; if `is_teacher` is false, it was a wrong one."""
    return any(_given())


def take_from_address() -> None:
    """Let the browser store the token in its address, if any, in a cookie."""
    st.html(TAKE % COOKIE, unsafe_allow_javascript=True)


def keep() -> None:
    """Let the browser store a typed token in a cookie, the only place where event streams look for it."""
    if is_teacher() and not is_right(st.context.cookies.get(COOKIE, "")):
        st.html(KEEP % (COOKIE, TOKEN), unsafe_allow_javascript=True)


def give(token: str) -> None:
    """Store a typed token in the session state."""
    st.session_state[_GIVEN] = token.strip()


def _given() -> tuple[str, str]:
    return st.session_state.get(_GIVEN, ""), st.context.cookies.get(COOKIE, "")
