"""A real browser, with a stopwatch script in its pages."""

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
    """Launch the system's Chromium or, if there is none, Playwright's own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def one_page() -> Iterator[Page]:
    """A page in a new browser, without a stopwatch."""
    with chromium() as browser:
        yield browser.new_page(viewport=VIEWPORT)


def fresh(browser: Browser) -> BrowserContext:
    """A new browser context with an empty cache; its pages have a stopwatch."""
    context = browser.new_context(viewport=VIEWPORT, locale="en-US")
    context.add_init_script(path=STOPWATCH)
    return context


@dataclass(frozen=True)
class Reading:
    """Milliseconds from a click until its answer was on screen, and until the page stopped changing."""

    picture: float
    page: float


def arm(page: Page, selector: str) -> None:
    """Let the next click or Enter start the stopwatch; `selector` is where its answer will appear."""
    page.evaluate("(selector) => window.stopwatch.arm(selector)", selector)


def start(page: Page, selector: str) -> None:
    """Start the stopwatch now, for input that is neither a click nor Enter."""
    page.evaluate("(selector) => window.stopwatch.start(selector)", selector)


def read(page: Page) -> Reading:
    """Wait until the page stops changing, and read the stopwatch."""
    return Reading(*page.evaluate("() => window.stopwatch.read()"))


def open_page(page: Page, url: str) -> None:
    """Open a URL and wait until its page stops changing."""
    page.goto(url)
    page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
    page.evaluate("() => window.stopwatch.rest()")
