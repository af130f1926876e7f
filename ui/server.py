"""What is set up once per server, and not at every page run."""

import gc
import signal
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
import torch
from starlette.middleware import Middleware
from starlette.routing import Route

from ui import health, ownership, streamlit_internals
from ui.base_path import under_base
from ui.classroom import overview, token
from ui.jobs import changes, jobs
from ui.live import stream
from ui.training import attention, charts, progress, samples, wrong_on_purpose

TELLING = (attention, charts, wrong_on_purpose, overview, progress, samples)
"""The modules that declare topics of event streams, imported before the first browser requests one."""


_streams = stream.Streams()


def routes() -> list[Route]:
    """The routes of the server besides pages: health check and event streams."""
    return [Route(under_base(health.PATH), health.answer), Route(under_base(stream.PATH), _streams.answer)]


def middleware() -> list[Middleware]:
    """The ASGI middleware that every response passes through."""
    return [Middleware(ownership.GiveToken)]


@asynccontextmanager
async def lifespan(app: st.App) -> AsyncIterator[None]:
    """Set up before the server takes requests, and clean up when it stops."""
    changes.listen(_streams.look_soon)
    _streams.close_on(signal.SIGINT, signal.SIGTERM)
    streamlit_internals.mend_delivery()
    streamlit_internals.mend_requests()
    streamlit_internals.use_navigation_only()
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    here = f"{scheme}://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}"
    print(f"  For the teacher: {here}{under_base(token.address())}\n", flush=True)
    if not st.get_option("server.headless"):
        webbrowser.open(here + under_base("/"))
    yield
    _streams.close()
    jobs().close()


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Configure PyTorch and garbage collection, once per server, at the first run.

    PyTorch gets one thread: the models are small, and its waiting threads would take the cores from other
    sessions and from training. Garbage collection skips the objects that exist by now, such as modules.
    """
    torch.set_num_threads(1)
    gc.freeze()
