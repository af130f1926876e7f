"""How much of each view is visible without scrolling on classroom screens, and the size of its cells.

A view's *stage* is its main picture, the step bar, the token strips, the caption of the step and, where
something can be edited, the answer that changes. All of it must be visible at once, without scrolling.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
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
"""Minimum share of the stage's area that must be visible."""

SETTLE = 60_000
"""Maximum milliseconds for drawing a view."""

RUN_BEGINS = 3_000
"""Maximum milliseconds until Streamlit begins a run after Back; otherwise the app is loaded again."""

BACK = """([address, patience]) => {
    const app = document.querySelector("[data-testid=stApp]");
    history.pushState({}, "", address);
    dispatchEvent(new PopStateEvent("popstate", { state: {} }));
    return new Promise((tell) => {
        const observer = new MutationObserver(() => { observer.disconnect(); tell(true); });
        observer.observe(app, { attributeFilter: ["data-test-script-state"] });
        setTimeout(() => tell(false), patience);
    });
}"""
"""Opens an address as the Back button would; tells whether the script was run for it."""

SCRIPT = Path(__file__).with_name("screen.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Window:
    """The area for a page on a screen, in CSS pixels."""

    width: int
    height: int
    presenter: bool = False

    @property
    def name(self) -> str:
        """The name in tables."""
        return f"{self.width} x {self.height}" + (", presenter size" if self.presenter else "")


WINDOWS = (
    Window(1366, 650),
    Window(1280, 620),
    Window(1920, 940),
    Window(1280, 620, presenter=True),
    Window(1920, 940, presenter=True),
)

STAGED = tuple(view for view in VIEWS if view.page not in ("questions", "cheatsheet"))
"""The views with a stage: not the list of questions, and not the cheat sheet, which is meant for printing."""

LARGE = 900
"""Height in pixels from which a window must have larger cells in presenter size."""

NUMBER = 24
"""Minimum size in pixels of cells that show numbers (or T and F), if type is not large. Cells without numbers
are heat maps: the patterns of several heads, or of encodings with 64 dimensions."""


@dataclass(frozen=True)
class Screen:
    """The measurements of a view in a window."""

    share: float
    """Share of the stage's area that is visible."""
    cells: tuple[float, ...]
    """Cell size in pixels of each heat map."""
    numbered: tuple[float, ...]
    """Cell size in pixels of each tensor that shows its numbers."""
    hidden: tuple[str, ...]
    """Parts that are less than 95 % visible, with the visible share."""

    @property
    def smallest(self) -> float:
        """Size of the smallest cell in pixels; 0 without a tensor."""
        return min(self.cells + self.numbered, default=0)

    def suits(self) -> bool:
        """Whether the stage is visible and its numbers are readable."""
        return self.share >= SHARE and min(self.numbered, default=NUMBER) >= NUMBER

    def enlarges(self, plain: "Screen", window: Window) -> bool:
        """Whether cells are at least as large as without presenter size or, in a large window, larger."""
        wanted = plain.smallest + (window.height >= LARGE and plain.smallest > 0)
        return self.smallest >= wanted


def address(view: View, window: Window, language: str = "en") -> str:
    """The path and query of a view in a window."""
    query = dict(view.query) | {"lang": language, "presenter": str(int(window.presenter))}
    return View(view.page, query).address


def measure(
    page: Page, url: str, view: View, windows: Sequence[Window], language: str = "en"
) -> dict[Window, Screen]:
    """Measure a view in windows. It is opened once per size of type; then the window is resized.

    In a tab that shows another view of the same app, it is opened as the browser's Back button would open
    it, which takes half as long as loading the app again.
    """
    return {
        window: screen
        for presenter in sorted({window.presenter for window in windows})
        for window, screen in _opened(
            page, url, view, [one for one in windows if one.presenter == presenter], language
        )
    }


def _opened(
    page: Page, url: str, view: View, windows: Sequence[Window], language: str
) -> Iterator[tuple[Window, Screen]]:
    _resize(page, windows[0])
    _open(page, url, address(view, windows[0], language))
    page.get_by_role("heading", level=1).first.wait_for(timeout=SETTLE)
    for window in windows:
        _resize(page, window)
        _rest(page)
        yield window, _look(page)


def _open(page: Page, url: str, address: str) -> None:
    if not page.url.startswith(f"{url}/") or not page.evaluate(BACK, [f"/{address}", RUN_BEGINS]):
        page.goto(f"{url}/{address}")


def _resize(page: Page, window: Window) -> None:
    page.set_viewport_size({"width": window.width, "height": window.height})


def _look(page: Page) -> Screen:
    found: dict[str, Any] = page.evaluate(SCRIPT)
    return Screen(
        found["share"],
        tuple(found["cells"]),
        tuple(found["numbered"]),
        tuple(f"{part['name']} {part['share']:.0%}" for part in found["parts"]),
    )


def unfit(screens: Mapping[Window, Screen]) -> dict[Window, Screen]:
    """The windows in which the stage is cut off, numbers are too small, or presenter size shrinks cells."""
    plain = {
        (window.width, window.height): screen for window, screen in screens.items() if not window.presenter
    }

    def fits(window: Window, screen: Screen) -> bool:
        beside = plain.get((window.width, window.height))
        return screen.suits() and not (window.presenter and beside and not screen.enlarges(beside, window))

    return {window: screen for window, screen in screens.items() if not fits(window, screen)}


def _rest(page: Page) -> None:
    """Wait until the script has run, all elements are drawn and the layout is stable."""
    page.evaluate("() => { window.lastLook = null; }")
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
    """One record per view, window and language."""
    with (
        tempfile.TemporaryDirectory() as runs,
        chromium() as browser,
        serve(ROOT / "app.py", RUNS_FOLDER=runs) as (url, _),
    ):
        return list(_all(browser, url))


def _all(browser: Browser, url: str) -> Iterator[dict[str, Any]]:
    page = browser.new_page(locale="en-US")
    for language, view in product(("en", "zh"), STAGED):
        screens = measure(page, url, view, WINDOWS, language)
        missed = unfit(screens)
        for window, screen in screens.items():
            yield {
                "name": f"{view.name}, {window.name}, {language}",
                "value": round(100 * screen.share, 1),
                "unit": "%",
                "target": None,
                "met": window not in missed,
                "detail": _sizes(screen),
            }


def _sizes(screen: Screen) -> str:
    """The sizes of the smallest cells, as text."""
    found = [
        f"{name} {min(sizes):g} px"
        for name, sizes in (("cells", screen.cells), ("numbers", screen.numbered))
        if sizes
    ]
    return ", ".join(found)
