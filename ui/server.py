"""What is done once per server, and not at every run of a page."""

import gc
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
import torch
from starlette.middleware import Middleware
from starlette.routing import Route

from ui import health, ownership, streamlit_internals
from ui.classroom import token
from ui.jobs import jobs


def routes() -> list[Route]:
    """What the server answers besides pages."""
    return [Route(_under_base(health.PATH), health.answer)]


def middleware() -> list[Middleware]:
    """What every answer passes through."""
    return [Middleware(ownership.GiveToken)]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """From before the first browser to after the last."""
    streamlit_internals.mend_delivery()
    streamlit_internals.mend_requests()
    streamlit_internals.use_navigation_only()
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
def prepare() -> None:
    """Once per server, at the first run.

    PyTorch gets one thread: the models are small, and threads that wait for each other take the cores from
    other sessions and from training. Garbage collection leaves out what is loaded by now.
    """
    torch.set_num_threads(1)
    gc.freeze()
