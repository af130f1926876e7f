"""What is done once per server, and not at every run of a page."""

import gc
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
import torch
from starlette.middleware import Middleware
from starlette.routing import Route

from ui import health, ownership
from ui.jobs import jobs
from ui.teacher import token

CLOSE_DIALOG = """
<script>
    const close = (tries) => {
        const button = document.querySelector('[data-testid="stDialog"] button[aria-label="Close"]');
        if (button) button.click();
        else if (tries > 0) setTimeout(close, 100, tries - 1);
    };
    close(30);
</script>
"""


def routes() -> list[Route]:
    """What the server answers besides pages."""
    return [Route(_under_base(health.PATH), health.answer)]


def middleware() -> list[Middleware]:
    """What every answer passes through."""
    return [Middleware(ownership.GiveToken)]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """From before the first browser to after the last."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    here = f"{scheme}://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}"
    print(f"  For the teacher: {here}{_under_base(token.address())}\n", flush=True)
    if not st.get_option("server.headless"):
        webbrowser.open(here + _under_base("/"))
    yield
    jobs().close()


def _under_base(path: str) -> str:
    """A path of this server, where `server.baseUrlPath` may put all of them below another."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{path}" if base else path


@st.cache_resource(show_spinner=False)
def _visits() -> list[str]:
    """Prepares the server on first use; the list holds the page of the first visit.

    PyTorch gets one thread: the models are small, and threads that wait for each other take the cores from
    other sessions and from training. Garbage collection leaves out what is loaded by now.
    """
    torch.set_num_threads(1)
    gc.freeze()
    return []


def prepare() -> None:
    """Once per server."""
    _visits()


def mend_first_visit(page: str) -> None:
    """Close the "Page not found" that Streamlit shows to the first visitor whose address names a page.

    Where a folder named `pages` exists, the very first run after a start takes it for the old way of making
    multipage apps, finds nothing in it, and says so; then it runs the app as it should.
    """
    if not _visits():
        _visits().append(page)
        if page:
            st.html(CLOSE_DIALOG, unsafe_allow_javascript=True)
