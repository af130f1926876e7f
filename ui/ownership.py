"""Whose runs, uploads and models are whose: nobody's and so everybody's, except in classroom mode.

Started with `CLASSROOM=1`, each browser gets a token, kept in a cookie of its own so that a reload finds
its own things again. It never stands in an address. What a browser makes is marked with a hash of its
token: who can read the folders cannot act as their owner.
"""

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.status import HTTP_304_NOT_MODIFIED
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from transformer.learning.folder import ABOUT, read_about
from ui.pages import Page
from ui.presence import presence
from ui.state import LANGUAGE
from ui.streamlit_internals import session_id

CLASSROOM = os.environ.get("CLASSROOM") == "1"

COOKIE = "transformer_owner"
_TOKEN = "owner_token"

OWNER = "owner"
"""Where `about.json` of a run or an upload says whose it is."""

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR = 365 * 24 * 3600


class GiveToken:
    """Server middleware: a browser that comes without a token gets one along with the page.

    In a cookie that no script can read. Another site's link to here brings it along: without it the browser
    would be taken for a new one, and lose what is its. Nothing else that another site can do sends it.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Around `app`, the rest of the server."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as `app` does; a page comes with the cookie."""

        async def give(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if _is_page(headers.get("content-type", ""), message["status"], scope):
                    headers.append("set-cookie", _cookie(_is_encrypted(scope)))
            await send(message)

        knows = scope["type"] == "http" and _FORM.fullmatch(HTTPConnection(scope).cookies.get(COOKIE, ""))
        lacks = CLASSROOM and scope["type"] == "http" and not knows
        await self._app(scope, receive, give if lacks else send)


def _is_page(content_type: str, status: int, scope: Scope) -> bool:
    """Whether this answers with a page, be it that the browser has it still."""
    asked_for = HTTPConnection(scope).headers.get("accept", "")
    return content_type.startswith("text/html") or (
        status == HTTP_304_NOT_MODIFIED and "text/html" in asked_for
    )


def _is_encrypted(scope: Scope) -> bool:
    """Whether the browser speaks TLS, to this server or to the proxy before it."""
    return "https" in (scope.get("scheme"), HTTPConnection(scope).headers.get("x-forwarded-proto"))


def _cookie(secure: bool) -> str:
    rules = f"Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
    return f"{COOKIE}={secrets.token_urlsafe(32)}; {rules}{'; Secure' if secure else ''}"


def enter() -> None:
    """At each run of the app, or of a part of a page: note that this browser is here."""
    presence().see(session_id(), owner())


def note(page: Page) -> None:
    """Once it is known: which page this session shows, for the teacher's page."""
    presence().note(session_id(), page.slug, LANGUAGE.value)


def owner() -> str | None:
    """Whose this session's things are: a hash of its browser's token, or None outside a classroom."""
    return _hash(_token()) if CLASSROOM else None


def owner_of(cookies: Mapping[str, str]) -> str | None:
    """The same by a browser's cookies, where there is no session; empty, an owner of nothing, without one."""
    if not CLASSROOM:
        return None
    given = cookies.get(COOKIE, "")
    return _hash(given) if _FORM.fullmatch(given) else ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def about_mine() -> dict[str, str]:
    """What `about.json` says in a folder that this session makes."""
    mine = owner()
    return {OWNER: mine} if mine else {}


def may_see(folder: Path) -> bool:
    """Whether a folder of runs or models is this session's to see, use and change."""
    return not CLASSROOM or is_of(folder, owner())


def is_of(folder: Path, who: str | None) -> bool:
    """Whether a folder is somebody's, who is known by `owner` or `owner_of`. Outside a classroom it is."""
    if not CLASSROOM:
        return True
    try:
        changed = (folder / ABOUT).stat().st_mtime_ns
    except OSError:
        return False  # nobody's: made in a terminal, or before there were owners
    return bool(who) and _owner_of(folder, changed) == who


@lru_cache(maxsize=4096)
def _owner_of(folder: Path, changed: int) -> str | None:
    """`changed` is part of the key only."""
    return read_about(folder).get(OWNER)


def _token() -> str:
    """The browser's token: from its cookie; if it keeps none, one for this session alone."""
    if _TOKEN not in st.session_state:
        given = st.context.cookies.get(COOKIE, "")
        st.session_state[_TOKEN] = given if _FORM.fullmatch(given) else secrets.token_urlsafe(32)
    token: str = st.session_state[_TOKEN]
    return token
