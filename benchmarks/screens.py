"""What of each view stands on the first screen of a classroom's computers, and how large its cells are.

A view's *stage* is its main picture, the step bar, the token strips, the sentence of the step, and where
something is edited, the answer that changes. It has to be in view together, nothing scrolled.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.browser import chromium
from benchmarks.measure import Records
from benchmarks.server import ROOT, serve
from benchmarks.views import VIEWS, View

SHARE = 0.95
"""Of the stage's area that is on the first screen, at least."""

SETTLE = 60_000
"""Milliseconds that a view may take to be drawn."""

SCRIPT = Path(__file__).with_name("screen.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Window:
    """What a browser leaves of a screen, in CSS pixels."""

    width: int
    height: int
    presenter: bool = False

    @property
    def name(self) -> str:
        """As a table calls it."""
        return f"{self.width} x {self.height}" + (", presenter size" if self.presenter else "")


WINDOWS = (
    Window(1366, 650),
    Window(1280, 620),
    Window(1920, 940),
    Window(1280, 620, presenter=True),
    Window(1920, 940, presenter=True),
)

STAGED = tuple(view for view in VIEWS if view.page not in ("questions", "cheatsheet"))
"""The index of questions is a list, and the cheat sheet is there to be printed: they have no stage."""

NUMBER = 24
"""Pixels of a cell that shows its number (or T and F), at least, where type is not large. Cells that show
none are a heat map: the pattern of several heads, or of the codes of 64 dimensions."""


@dataclass(frozen=True)
class Screen:
    """What was measured of a view in a window."""

    share: float
    """Of the stage's area that is seen."""
    cells: tuple[float, ...]
    """Pixels of the cells of heat maps, one figure each."""
    numbered: tuple[float, ...]
    """Pixels of the cells that show their numbers: a tensor either writes all of them or none."""
    hidden: tuple[str, ...]
    """Parts of which less than 95 % are seen, with the share that is."""

    def suits(self, window: Window) -> bool:
        """Whether the stage is in view, and its numbers can be read."""
        return self.share >= SHARE and (window.presenter or min(self.numbered, default=NUMBER) >= NUMBER)


def address(view: View, window: Window, language: str = "en") -> str:
    """Of a view as a window shows it."""
    query = dict(view.query) | {"lang": language} | ({"presenter": "1"} if window.presenter else {})
    return View(view.page, query).address


def measure(page: Page, url: str, view: View, window: Window, language: str = "en") -> Screen:
    """Open a view in a window and look."""
    page.set_viewport_size({"width": window.width, "height": window.height})
    page.goto(f"{url}/{address(view, window, language)}")
    page.get_by_role("heading", level=1).first.wait_for(timeout=SETTLE)
    _rest(page)
    found: dict[str, Any] = page.evaluate(SCRIPT)
    return Screen(
        found["share"],
        tuple(found["cells"]),
        tuple(found["numbered"]),
        tuple(f"{part['name']} {part['share']:.0%}" for part in found["parts"]),
    )


def _rest(page: Page) -> None:
    """Wait until the script has run, every element has come, and nothing moves any more."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector("[data-testid=stApp]");
            const runs = app?.dataset.testScriptState !== "notRunning";
            const busy = runs || document.querySelector("[data-testid=stSkeleton]");
            const now = busy ? "" : [...document.querySelectorAll("[data-testid=stElementContainer]")]
                .map((node) => Math.round(node.getBoundingClientRect().bottom)).join();
            const still = now !== "" && now === window.lastLook;
            window.lastLook = now;
            return still;
        }""",
        timeout=SETTLE,
        polling=200,
    )


def run() -> Records:
    """Every view in every window."""
    with (
        tempfile.TemporaryDirectory() as runs,
        chromium() as browser,
        serve(ROOT / "app.py", RUNS_FOLDER=runs) as (url, _),
    ):
        return list(_all(browser, url))


def _all(browser: Browser, url: str) -> Iterator[dict[str, Any]]:
    page = browser.new_page(locale="en-US")
    for language, window, view in product(("en", "zh"), WINDOWS, STAGED):
        screen = measure(page, url, view, window, language)
        yield {
            "name": f"{view.name}, {window.name}, {language}",
            "value": round(100 * screen.share, 1),
            "unit": "%",
            "target": None,
            "met": screen.suits(window),
            "detail": _sizes(screen),
        }


def _sizes(screen: Screen) -> str:
    """The smallest cells, in words."""
    found = [
        f"{name} {min(sizes):g} px"
        for name, sizes in (("cells", screen.cells), ("numbers", screen.numbered))
        if sizes
    ]
    return ", ".join(found)
