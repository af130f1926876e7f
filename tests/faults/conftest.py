"""A browser, and servers that are ended whatever happens in a test."""

import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.faults.servers import Network, Server, running, wait_for
from tests.pages.conftest import open_page as open_page
from tests.pages.test_training import jobs as jobs
from tests.pages.test_training import recorded as recorded

MILLISECONDS = 60_000
SMALL = (
    "train_steps=20000&train_batch_size=8&train_embed_dim=8&train_heads=2&train_num_layers=1"
    "&train_feed_forward_dim=16&train_evaluate_every=20000"
)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """The folder of runs."""
    return tmp_path / "runs"


@pytest.fixture
def serve(runs: Path) -> Iterator[Callable[..., Server]]:
    """`serve(port=None, base="", **environment)`: the app on the folder `runs`; nothing outlives the test."""
    servers: list[Server] = []

    def start(port: int | None = None, base: str = "", **environment: str) -> Server:
        servers.append(Server(runs, port, base, **environment))
        return servers[-1]

    yield start
    left = [pid for server in servers for pid in server.end(signal.SIGKILL)]
    wait_for(lambda: not any(map(running, left)))


@pytest.fixture
def network() -> Iterator[Callable[[Server], Network]]:
    """`network(server)`: a connection to a server that can be cut."""
    networks: list[Network] = []

    def lay(server: Server) -> Network:
        networks.append(Network(server.port))
        return networks[-1]

    yield lay
    for one in networks:
        one.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """`visit(url, "lang=zh")` opens the training page in a new browser context."""
    contexts = []
    known: set[str] = set()

    def go(url: str, query: str = SMALL) -> Page:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US"))
        page = contexts[-1].new_page()
        page.set_default_timeout(MILLISECONDS)
        if url not in known:  # on any other page Streamlit shows a server's first visitor an error
            known.add(url)
            page.goto(url)
            page.get_by_role("heading", level=1).wait_for()
        page.goto(f"{url}/training?{query}")
        page.get_by_role("heading", level=1).wait_for()
        return page

    yield go
    for context in contexts:
        context.close()


def press(page: Page, name: str) -> None:
    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True).click()


def says(page: Page, words: str) -> None:
    """Wait for a text on the page. The previous text may still be there for a moment."""
    expect(page.get_by_text(re.compile(words)).first).to_be_visible(timeout=MILLISECONDS)


def start(page: Page) -> str:
    """Start a run, wait until it trains, and return its name."""
    press(page, "Start")
    says(page, r"training · step [\d,]+ of 20,000")
    expect(page).to_have_url(re.compile(r"run=run"), timeout=MILLISECONDS)
    return re.search(r"run=run%3A([\w-]+)", page.url)[1]


class Streams:
    """Records the live requests of a page from now on."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.open: set[Request] = set()
        page.on("request", self._begin)
        page.on("requestfinished", self._end)
        page.on("requestfailed", self._end)

    def _begin(self, request: Request) -> None:
        if "/live/events" in request.url:
            self.asked.append(request.url)
            self.open.add(request)

    def _end(self, request: Request) -> None:
        self.open.discard(request)

    def is_one(self) -> bool:
        """Whether exactly one stream is open, and the page has not polled."""
        return len(self.open) == 1 and not any("once=1" in url for url in self.asked)


def grows(page: Page) -> None:
    """Check that a page follows its run."""
    before = step(page)
    expect(page.get_by_text(re.compile(f"step {before:,} of"))).to_have_count(0, timeout=MILLISECONDS)
    assert step(page) > before


def curves(page: Page) -> list[list[str]]:
    """For each panel of a page at rest: number of points, last point, range of steps."""
    page.locator(".live canvas[data-view]").first.wait_for()
    said = "all => all.map(({ dataset }) => [dataset.points, dataset.last, dataset.view])"
    return page.locator(".live .panel .area canvas").evaluate_all(said)


def has_no_gap(page: Page) -> None:
    """Check that the curves of a run at rest are the same in a page that is opened now."""
    with_stream = curves(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_text(re.compile(f"step {step(page):,} of")).first).to_be_visible(timeout=MILLISECONDS)
    assert with_stream == curves(other)
    other.close()


def step(page: Page) -> int:
    """The step that the page shows."""
    text = page.get_by_text(re.compile(r"step [\d,]+ of 20,000")).first.inner_text()
    return int(re.search(r"step ([\d,]+) of", text)[1].replace(",", ""))
