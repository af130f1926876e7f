"""The main control of each page, and where on the screen its answer appears."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

from benchmarks.browser import arm, start
from ui.setting import Setting
from ui.state import (
    Broadcasting,
    Decoding,
    Encoding,
    Home,
    Inside,
    Laboratory,
    Mistakes,
    Questions,
    TrainingPage,
)

MAIN = "[data-testid=stMain]"
CODE = "[data-testid=stCode]"


@dataclass(frozen=True)
class Control:
    """A repeated user action on a page; consecutive repetitions use different values."""

    page: str
    """The page's path in the URL."""
    what: str
    shows: str
    """A CSS selector of the picture that answers."""
    use: Callable[[Page, str, Any], None]
    """Performs the action in a browser: page, selector, value."""
    setting: Setting[Any]
    """The setting that it changes, so that the same can be done without a browser."""
    value: Callable[[int], Any]

    @property
    def name(self) -> str:
        """The name in tables."""
        return f"{self.page or 'home'}: {self.what}"


def controls() -> list[Control]:
    """One control per page, in the order of the sidebar."""
    search, log = _typed("Search"), _toggle("Loss on a logarithmic axis")
    return [
        Control("", "an input is typed", CODE, _typed("Give it an input"), Home.text, _digits),
        Control("inside", "a part is opened", "[class*=st-key-inside_]", _part, Inside.part, _cycle(*PARTS)),
        Control(
            "broadcasting", "another mask", ".st-key-broadcasting_grid", _segment, Broadcasting.mask,
            _cycle("both", "padding"),
        ),
        Control(
            "laboratory", "a cell of the mask is clicked", ".st-key-stages_grid, .st-key-answers_grid", _cell,
            Laboratory.cells, _cycle("0.0.1", "0.0.2", "0.0.3", "0.0.4"),
        ),
        Control("encoding", "another position", ".st-key-codes", _step, Encoding.position, _position),
        Control(
            "training", "another axis", ".st-key-live_curves", log, TrainingPage.log, _cycle(False, True)
        ),
        Control(
            "decoding", "an input is typed", ".st-key-decoding_grid", _typed("Input, one a line"),
            Decoding.text, _digits,
        ),
        Control("questions", "a word is searched", MAIN, search, Questions.search, _cycle("mask", "view")),
        Control(
            "mistakes", "another statement", MAIN, _statement, Mistakes.misconception,
            _cycle("triangle", "columns"),
        ),
    ]  # fmt: skip


PARTS = ("encoder.0.self_attention", "encoder.0.feed_forward", "encoder.embedding")


def _digits(number: int) -> str:
    """Five random digits; always five, so that only the values change."""
    return " ".join(map(str, random.Random(number).choices(range(10), k=5)))


def _position(number: int) -> int:
    """The position after the n-th step; the page starts at 10."""
    return 11 + number


def _cycle(*values: Any) -> Callable[[int], Any]:
    return lambda number: values[number % len(values)]


def _typed(label: str) -> Callable[[Page, str, Any], None]:
    def use(page: Page, shows: str, value: str) -> None:
        field = page.get_by_role("textbox", name=label)
        field.fill(value)
        arm(page, shows)
        field.press("Control+Enter")

    return use


def _toggle(label: str) -> Callable[[Page, str, Any], None]:
    def use(page: Page, shows: str, value: bool) -> None:
        arm(page, shows)
        page.get_by_text(label, exact=True).first.click()

    return use


def _segment(page: Page, shows: str, value: str) -> None:
    arm(page, shows)
    page.get_by_role("radio", name=value, exact=True).click()


def _statement(page: Page, shows: str, value: str) -> None:
    """Go from the first statement to the second, and back."""
    arm(page, shows)
    page.get_by_role("button", name="Back" if value == "columns" else "Next", exact=True).first.click()


def _part(page: Page, shows: str, value: str) -> None:
    arm(page, shows)
    page.locator(f'[data-part="{value}"]').first.click()


def _cell(page: Page, shows: str, value: str) -> None:
    """Click a cell of the grid's mirror for screen readers, which acts like the picture."""
    arm(page, shows)
    index = ",".join(value.split("."))
    page.locator(
        f'.st-key-stages_grid [data-testid=tg-mirror] [data-tensor=mask] [data-index$="{index[2:]}"]'
    ).first.dispatch_event("click")


def _step(page: Page, shows: str, value: int) -> None:
    grid = page.locator(shows).get_by_test_id("tensor-grid")
    grid.focus()
    start(page, shows)
    grid.press("ArrowRight")
