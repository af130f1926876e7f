"""Ownership of runs, uploads and models in classroom mode; without it, everything is shared.

With `CLASSROOM=1`, each browser gets a token in a cookie, so that it still owns its things after a reload.
The token never appears in an address. What a browser creates is marked with a hash of its token, so that
somebody who can read the folders cannot act as their owner.
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
"""The key of the owner in `about.json` of a run or an upload."""

_FORM = re.compile(r"[A-Za-z0-9_-]{43}")
_YEAR = 365 * 24 * 3600


class GiveToken:
    """ASGI middleware: gives a token to each browser that requests a page without one.

    The cookie is HttpOnly, so that scripts cannot read it. It is SameSite=Lax, so that the browser sends it
    when the user follows a link from another site, but not with any other request that another site causes.
    Without it, the link would give the browser a new token, and its runs would be lost to it.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`, the rest of the server."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as `app` does, and add the cookie to pages for browsers without a token."""

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
    """Whether the response is a page, including status 304 for a page that the browser has cached."""
    asked_for = HTTPConnection(scope).headers.get("accept", "")
    return content_type.startswith("text/html") or (
        status == HTTP_304_NOT_MODIFIED and "text/html" in asked_for
    )


def _is_encrypted(scope: Scope) -> bool:
    """Whether the browser's connection uses TLS, to this server or to a proxy before it."""
    return "https" in (scope.get("scheme"), HTTPConnection(scope).headers.get("x-forwarded-proto"))


def _cookie(secure: bool) -> str:
    rules = f"Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
    return f"{COOKIE}={secrets.token_urlsafe(32)}; {rules}{'; Secure' if secure else ''}"


def enter() -> None:
    """Note that this browser is present. Call it in each page run and fragment run."""
    presence().see(session_id(), owner())


def note(page: Page) -> None:
    """Note which page this session shows, for the teacher's page. Call it once the page is known."""
    presence().note(session_id(), page.slug, LANGUAGE.value)


def owner() -> str | None:
    """The owner of what this session creates: a hash of its browser's token; None outside classroom mode."""
    return _hash(_token()) if CLASSROOM else None


def owner_of(cookies: Mapping[str, str]) -> str | None:
    """The owner by a browser's cookies, for requests without a session.

    None outside classroom mode; the empty string, which owns nothing, for a browser without a token.
    """
    if not CLASSROOM:
        return None
    given = cookies.get(COOKIE, "")
    return _hash(given) if _FORM.fullmatch(given) else ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def about_mine() -> dict[str, str]:
    """The entries that mark a folder as this session's in `about.json`."""
    mine = owner()
    return {OWNER: mine} if mine else {}


def may_see(folder: Path) -> bool:
    """Whether this session may see, use and change a folder of a run or model."""
    return not CLASSROOM or is_of(folder, owner())


def is_of(folder: Path, who: str | None) -> bool:
    """Whether a folder belongs to `who`, from `owner` or `owner_of`; always true outside classroom mode."""
    if not CLASSROOM:
        return True
    try:
        changed = (folder / ABOUT).stat().st_mtime_ns
    except OSError:
        return False  # made in a terminal, or before there were owners
    return bool(who) and _owner_of(folder, changed) == who


@lru_cache(maxsize=4096)
def _owner_of(folder: Path, changed: int) -> str | None:
    """`changed` is only part of the cache key."""
    return read_about(folder).get(OWNER)


def _token() -> str:
    """The browser's token from its cookie; if it has none, a token for this session only."""
    if _TOKEN not in st.session_state:
        given = st.context.cookies.get(COOKIE, "")
        st.session_state[_TOKEN] = given if _FORM.fullmatch(given) else secrets.token_urlsafe(32)
    token: str = st.session_state[_TOKEN]
    return token
