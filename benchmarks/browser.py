"""A real browser, and a stopwatch in its pages."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
VIEWPORT: ViewportSize = {"width": 1280, "height": 900}
STOPWATCH = Path(__file__).with_name("stopwatch.js")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def one_page() -> Iterator[Page]:
    """A page of a browser of its own, without a stopwatch."""
    with chromium() as browser:
        yield browser.new_page(viewport=VIEWPORT)


def fresh(browser: Browser) -> BrowserContext:
    """A profile that has seen nothing yet; its pages carry a stopwatch."""
    context = browser.new_context(viewport=VIEWPORT, locale="en-US")
    context.add_init_script(path=STOPWATCH)
    return context


@dataclass(frozen=True)
class Reading:
    """Milliseconds from a click until what it asked for was on screen, and until nothing changed any more."""

    picture: float
    page: float


def arm(page: Page, selector: str) -> None:
    """The next click or Enter starts the stopwatch; `selector` is where its answer will appear."""
    page.evaluate("(selector) => window.stopwatch.arm(selector)", selector)


def start(page: Page, selector: str) -> None:
    """Starts the stopwatch now, for input that is neither a click nor Enter."""
    page.evaluate("(selector) => window.stopwatch.start(selector)", selector)


def read(page: Page) -> Reading:
    """Waits until the page is at rest."""
    return Reading(*page.evaluate("() => window.stopwatch.read()"))


def open_page(page: Page, url: str) -> None:
    """Opens an address and waits until its page is at rest."""
    page.goto(url)
    page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
    page.evaluate("() => window.stopwatch.rest()")
