"""The app below a path, as behind a proxy that serves other things at its root."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.faults.conftest import MILLISECONDS, Streams, grows, press, says, start
from tests.faults.servers import wait_for

pytestmark = pytest.mark.slow

BASE = "/class"


def test_pages_streams_and_components_work_below_a_path(serve, visit):
    server = serve(base=BASE)
    page = visit(server.url)
    assert page.request.get(f"{server.url}/health").json()["problems"] is not None
    streams, asked, missing = Streams(page), [], []
    page.on("request", lambda request: asked.append(urlsplit(request.url)))
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    start(page)
    grows(page)
    wait_for(lambda: page.wait_for_timeout(100) or streams.is_one(), 10)
    grows(page)
    assert all(urlsplit(url).path == f"{BASE}/live/events" for url in streams.asked)
    press(page, "Stop")
    says(page, "stopped · step")
    page.get_by_test_id("stSidebarNavLink").get_by_text("Inside the model", exact=True).click()
    expect(page).to_have_url(re.compile(f"{server.url}/inside"), timeout=MILLISECONDS)
    expect(page.get_by_test_id("tensor-grid").first).to_be_visible(timeout=MILLISECONDS)
    assert all(url.path.startswith(f"{BASE}/") for url in asked if url.port == server.port)
    assert not missing
