"""A real browser and running apps for the tests in this folder."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect

REPOSITORY = Path(__file__).parents[2]
START_SECONDS = 180
SETTLE_MILLISECONDS = 60_000
IDLE = """() => new Promise((done) => {
    const soon = { timeout: 1000 }; // a hidden tab is never idle
    requestIdleCallback(() => requestIdleCallback(done, soon), soon);
}).then(() => null)"""
"""Waits until the browser has nothing to draw, or two seconds."""

VIEWPORT: ViewportSize = {"width": 1280, "height": 900}


def slow_but(quick: Collection[str], every: Iterable[str]) -> list[object]:
    """Parameters of a test of one kind: those in `quick` always run, the others with the slow tests."""
    return [pytest.param(one, marks=() if one in quick else pytest.mark.slow) for one in every]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with code {server.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"{url} did not answer within {START_SECONDS} s")


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """`serve(path, **environment)` runs a Streamlit app and returns its address; the same app runs once."""
    servers: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, subprocess.Popen[bytes]]] = {}

    def start(path: str | Path, **environment: str) -> str:
        identity = (str(path), tuple(sorted(environment.items())))
        if identity not in servers:
            port = free_port()
            options = {
                "server.headless": "true",
                "server.port": str(port),
                "server.address": "127.0.0.1",
                "server.fileWatcherType": "none",
                "browser.gatherUsageStats": "false",
            }
            arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
            server = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", str(path), *arguments],
                cwd=REPOSITORY,
                env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment,
                stdout=subprocess.DEVNULL,
            )
            servers[identity] = (f"http://127.0.0.1:{port}", server)
            wait_until_healthy(servers[identity][0], server)
        return servers[identity][0]

    yield start
    for _, server in servers.values():
        server.terminate()
    for _, server in servers.values():
        server.wait(timeout=START_SECONDS)


@pytest.fixture(scope="session")
def app_url(serve: Callable[..., str], browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the project's app after a first visit; its runs are in a new folder."""
    url = serve("app.py", RUNS_FOLDER=str(tmp_path_factory.mktemp("runs")))
    visitor = browser.new_page()
    visitor.goto(url)
    visitor.get_by_role("heading", level=1).wait_for(timeout=SETTLE_MILLISECONDS)
    visitor.close()
    return url


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh browser profile for the tests of a file."""
    context = browser.new_context(viewport=VIEWPORT, locale="en-US")
    context.set_default_timeout(SETTLE_MILLISECONDS)
    yield context
    context.close()


@pytest.fixture(scope="module")
def tab(context: BrowserContext) -> Page:
    """One tab for all tests of a file, so that scripts are fetched and compiled once."""
    return context.new_page()


def harmless(message: ConsoleMessage) -> bool:
    """Whether a console message is no error, or one that is expected.

    Expected are a stream that a test refuses, and the 404 that Streamlit causes on any page but the first:
    opened at /page, its frontend asks for /page/_stcore/health before /_stcore/health.
    """
    url = message.location.get("url", "")
    probe = re.search(r"/\w+/_stcore/(health|host-config)$", url)
    refused = "502" in message.text and "/live/events" in url
    return message.type != "error" or ("404" in message.text and probe is not None) or refused


@pytest.fixture
def listen() -> Iterator[Callable[[Page, str, Callable[..., None]], None]]:
    """`listen(page, event, hear)` adds an event listener that is removed after the test."""
    listeners: list[tuple[Page, str, Callable[..., None]]] = []

    def start(page: Page, event: str, hear: Callable[..., None]) -> None:
        page.on(event, hear)
        listeners.append((page, event, hear))

    yield start
    for page, event, hear in listeners:
        page.remove_listener(event, hear)


@pytest.fixture
def watch(listen: Callable[..., None]) -> Iterator[Callable[[Page], Page]]:
    """`watch(page)` makes the test fail if that page reports an error."""
    problems: list[str] = []

    def start(page: Page) -> Page:
        listen(page, "console", lambda message: None if harmless(message) else problems.append(message.text))
        listen(page, "pageerror", lambda error: problems.append(str(error)))
        return page

    yield start
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(context: BrowserContext, tab: Page, watch: Callable[[Page], Page]) -> Iterator[Page]:
    """The file's tab, reset after each test; any error in its console fails the test."""
    yield watch(tab)
    for other in context.pages:
        if other is not tab:
            other.close()
    tab.mouse.move(0, 0)
    tab.set_viewport_size(VIEWPORT)
    tab.emulate_media(color_scheme="light")
    tab.goto("about:blank")
    context.clear_cookies()


def copied_link(page: Page, *parts: str) -> str:
    """Open "Link" and return the address in it, once that contains all of these parts."""
    page.get_by_role("button", name="Link", exact=True).click()
    code = page.get_by_test_id("stPopoverBody").locator("code")
    for part in parts:
        expect(code).to_contain_text(part)
    return code.inner_text()


@pytest.fixture(scope="session")
def settled() -> Callable[[Page], Page]:
    """`settled(page)` waits until the script has run, and checks that it raised nothing."""

    def wait(page: Page) -> Page:
        app = page.locator('[data-testid="stApp"][data-test-connection-state="CONNECTED"]')
        app.wait_for(timeout=SETTLE_MILLISECONDS)
        for _ in range(2):  # the page is drawn, and its own scripts have asked for what they need
            expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=SETTLE_MILLISECONDS)
            page.evaluate(IDLE)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=SETTLE_MILLISECONDS)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        return page

    return wait
