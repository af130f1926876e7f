"""Whose runs, uploads and models are whose: nobody's and so everybody's, except in classroom mode.

Started with `CLASSROOM=1`, each browser gets a token, kept in a cookie of its own so that a reload finds
its own things again. It never stands in an address. What a browser makes is marked with a hash of its
token: who can read the folders cannot act as their owner.
"""

import hashlib
import json
import os
import re
import secrets
from functools import lru_cache
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from transformer.runs import ABOUT, read_about
from ui.jobs import OWNER, jobs

CLASSROOM = os.environ.get("CLASSROOM") == "1"

COOKIE = "transformer_owner"
_TOKEN = "owner_token"

KEEP_TOKEN = """
<script>
    const name = "%(cookie)s=", token = "%(token)s", mend = %(mend)s;
    const there = document.cookie.split("; ").find((cookie) => cookie.startsWith(name));
    const secure = location.protocol === "https:" ? "; Secure" : "";
    if (!there || mend) {
        document.cookie = `${name}${token}; Path=/; Max-Age=31536000; SameSite=Strict${secure}`;
    } else if (there !== name + token && !sessionStorage.getItem(name)) {
        sessionStorage.setItem(name, "reloaded");  // another tab was first: become the same owner
        location.reload();
    }
</script>
"""


def enter() -> None:
    """At each run of the app: note that this browser is here, and let it keep its token."""
    jobs().presence.see(session(), owner())
    if CLASSROOM and st.context.cookies.get(COOKIE) != _token():
        mend = json.dumps(COOKIE in st.context.cookies)
        script = KEEP_TOKEN % {"cookie": COOKIE, "token": _token(), "mend": mend}
        st.html(script, unsafe_allow_javascript=True)


def session() -> str:
    """What tells this browser tab's session from the others; empty where there is none, as in a test."""
    context = get_script_run_ctx()
    return context.session_id if context else ""


def owner() -> str | None:
    """Whose this session's things are: a hash of its browser's token, or None outside a classroom."""
    return hashlib.sha256(_token().encode()).hexdigest() if CLASSROOM else None


def about_mine() -> dict[str, str]:
    """What `about.json` says in a folder that this session makes."""
    mine = owner()
    return {OWNER: mine} if mine else {}


def may_see(folder: Path) -> bool:
    """Whether a folder of runs or models is this session's to see, use and change."""
    if not CLASSROOM:
        return True
    try:
        changed = (folder / ABOUT).stat().st_mtime_ns
    except OSError:
        return False  # nobody's: made in a terminal, or before there were owners
    return _owner_of(folder, changed) == owner()


@lru_cache(maxsize=4096)
def _owner_of(folder: Path, changed: int) -> str | None:
    """`changed` is part of the key only."""
    return read_about(folder).get(OWNER)


def _token() -> str:
    """The browser's token: from its cookie, else a new one, the same for all of a session."""
    if _TOKEN not in st.session_state:
        given = st.context.cookies.get(COOKIE, "")
        is_one = re.fullmatch(r"[A-Za-z0-9_-]{43}", given)
        st.session_state[_TOKEN] = given if is_one else secrets.token_urlsafe(32)
    token: str = st.session_state[_TOKEN]
    return token
