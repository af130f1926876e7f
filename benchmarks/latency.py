"""Latency of the pages, compared with an empty Streamlit app in the same browser at the same time.

It is the time from the click (the browser's event time stamp) until the frame after the last change of the
picture that answers it. The model's share, which is measured in this process as the time in its modules for
the same work, is subtracted before the latency is compared with the empty app's.
"""

import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from playwright.sync_api import Browser, Page
from streamlit.testing.v1 import AppTest
from torch import nn
from torch.nn.modules import module as hooks

from benchmarks import extent
from benchmarks.browser import arm, chromium, fresh, open_page, read, start
from benchmarks.main_controls import MAIN, Control, controls
from benchmarks.server import ROOT, serve
from benchmarks.views import MAX_BYTES, PAGES, VIEWS, View

ROUNDS = 10
SWITCHES = 6
LOADS = 4
CLICK_TARGET, SWITCH_TARGET, TRAINING_TARGET, LOAD_TARGET = 2.0, 3.0, 4.0, 1.5
"""Targets as multiples of the empty app's time; switching to and from the training page may take longer."""

EMPTY = ROOT / "benchmarks" / "apps" / "empty.py"
PIECES = ROOT / "benchmarks" / "apps" / "pieces.py"
ALONE, FIRST_LOAD = "alone on an empty page: ", "first load after the start"
NAMES = {"plotly": "a Plotly heatmap", "curves": "a panel of curves", "grid": "a tensor grid"}
TRAINING = "training"
FLOOR = "[data-testid=stText]"
Record = dict[str, Any]


def run() -> list[Record]:
    """One record per figure: name, value, unit, target, met, and its components in `detail`."""
    with tempfile.TemporaryDirectory() as runs, chromium() as browser:
        with serve(ROOT / "app.py", RUNS_FOLDER=runs) as (app, _), serve(EMPTY) as (empty, _):
            records = [
                *_sizes(browser, app),
                *_clicks(browser, app, empty),
                *_switches(browser, app, empty),
            ]
        return [*records, *_pieces(browser), *_first_load(browser, runs)]


def _ratio(name: str, values: Sequence[float], target: float | None, detail: str) -> Record:
    ratio = round(statistics.median(values), 2)
    return {
        "name": name,
        "value": ratio,
        "unit": "x",
        "target": target,
        "met": target is None or ratio <= target,
        "detail": detail,
    }


def _medians(**milliseconds: Sequence[float]) -> str:
    return ", ".join(f"{name} {statistics.median(values):.0f} ms" for name, values in milliseconds.items())


# --- clicks ------------------------------------------------------------------------------------------------


def _clicks(browser: Browser, app: str, empty: str) -> list[Record]:
    """Measure every page's main control, with a click in the empty app before each click."""
    wanted = [control for control in controls() if extent.is_wanted(control.name)]
    return [_click(browser, f"{app}/{control.page}", empty, control) for control in wanted]


def _click(browser: Browser, url: str, empty: str, control: Control) -> Record:
    model = _model_milliseconds(control)
    floors, pictures, whole = [], [], []
    with _tabs(browser, empty, url) as (floor, page):
        for number in range(extent.rounds(ROUNDS) + 1):
            least = _floor_click(floor)
            page.bring_to_front()
            control.use(page, control.shows, control.value(number))
            reading = read(page)
            if number:  # the first one warms up
                floors.append(least)
                pictures.append(reading.picture)
                whole.append(reading.page)
    ratios = [(picture - model) / least for picture, least in zip(pictures, floors, strict=True)]
    detail = _medians(picture=pictures, model=[model], empty=floors, everything=whole)
    return _ratio(control.name, ratios, CLICK_TARGET, detail)


@contextmanager
def _tabs(browser: Browser, *urls: str) -> Iterator[list[Page]]:
    """A page for each URL, in a new browser context."""
    context = fresh(browser)
    pages = [context.new_page() for _ in urls]
    for page, url in zip(pages, urls, strict=True):
        open_page(page, url)
    yield pages
    context.close()


def _floor_click(page: Page) -> float:
    page.bring_to_front()
    arm(page, FLOOR)
    page.get_by_text("Say it").click()
    return read(page).picture


def _model_milliseconds(control: Control) -> float:
    """The time in PyTorch modules when the same is done without a browser."""
    app = _app_test(control.page or "home")
    times = []
    for number in range(extent.rounds(ROUNDS) + 1):
        app.session_state[control.setting.name] = control.value(number)
        with _module_time() as spent:
            app.run()
        times.append(1000 * spent[0])
    return statistics.median(times[1:])


def _app_test(page: str) -> AppTest:
    torch.set_num_threads(1)  # as the app does
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.run()
    (file,) = ROOT.glob(f"pages/*/{page}.py")
    return app.switch_page(str(file.relative_to(ROOT))).run()


@contextmanager
def _module_time() -> Iterator[list[float]]:
    """Seconds inside modules; nested modules are not counted twice."""
    spent, entered = [0.0], []

    def enter(module: nn.Module, inputs: Any) -> None:
        entered.append(time.perf_counter())

    def leave(module: nn.Module, inputs: Any, output: Any) -> None:
        began = entered.pop()
        if not entered:
            spent[0] += time.perf_counter() - began

    handles = [
        hooks.register_module_forward_pre_hook(enter),
        hooks.register_module_forward_hook(leave, always_call=True),
    ]
    yield spent
    for handle in handles:
        handle.remove()


# --- what a page is made of ---------------------------------------------------------------------------------


def _pieces(browser: Browser) -> list[Record]:
    """Redraw one piece alone on an empty page: a lower bound for every page that shows it. No targets."""
    wanted = {piece: name for piece, name in NAMES.items() if extent.is_wanted(ALONE + name)}
    if not wanted:
        return []
    with serve(PIECES) as (pieces, _), serve(EMPTY) as (empty, _):
        return [_piece(browser, f"{pieces}/?piece={piece}", empty, name) for piece, name in wanted.items()]


def _piece(browser: Browser, url: str, empty: str, name: str) -> Record:
    floors, taken = [], []
    with _tabs(browser, empty, url) as (floor, page):
        for number in range(extent.rounds(ROUNDS) + 1):
            least, whole = _floor_click(floor), _click_and_rest(page)
            if number:
                floors.append(least)
                taken.append(whole)
    ratios = [whole / least for whole, least in zip(taken, floors, strict=True)]
    detail = _medians(everything=taken, empty=floors)
    return _ratio(ALONE + name, ratios, None, detail)


def _click_and_rest(page: Page) -> float:
    page.bring_to_front()
    arm(page, MAIN)
    page.get_by_text("Say it").click()
    return read(page).page


# --- switching pages ---------------------------------------------------------------------------------------


def _switches(browser: Browser, app: str, empty: str) -> list[Record]:
    """Switch between neighbouring pages, in both directions, with a switch in the empty app before each."""
    pairs = [pair for pair in pairwise(PAGES) if extent.is_wanted(_pair_name(pair))]
    found: dict[tuple[str, str], list[tuple[float, float]]] = {pair: [] for pair in pairs}
    if not pairs:
        return []
    with _tabs(browser, empty, app) as (floor, page):
        here = PAGES[0]
        for number in range(extent.rounds(SWITCHES) + 2):
            step = 1 if number % 2 == 0 else -1
            for pair in pairs[::step]:
                before, after = pair[::step]
                if here != before:
                    _switch(page, PAGES.index(before))
                least = _switch(floor, (1, 0)[_at_second(floor)])
                taken, here = _switch(page, PAGES.index(after)), after
                if number > 1:  # by then every part of the frontend has been fetched
                    found[pair].append((taken, least))
    return [_switch_record(pair, measured) for pair, measured in found.items()]


def _switch_record(pair: tuple[str, str], measured: Iterable[tuple[float, float]]) -> Record:
    taken, least = zip(*measured, strict=True)
    ratios = [ours / floor for ours, floor in zip(taken, least, strict=True)]
    target = TRAINING_TARGET if TRAINING in pair else SWITCH_TARGET
    return _ratio(_pair_name(pair), ratios, target, _medians(ours=taken, empty=least))


def _pair_name(pair: tuple[str, str]) -> str:
    return "switch between " + " and ".join(page or "home" for page in pair)


def _at_second(page: Page) -> bool:
    return page.url.endswith("second")


def _switch(page: Page, place: int) -> float:
    """Follow a link in the sidebar; milliseconds until the page stops changing."""
    page.bring_to_front()
    arm(page, MAIN)
    page.get_by_test_id("stSidebarNavLink").nth(place).click()
    return read(page).page


# --- sizes -------------------------------------------------------------------------------------------------


def _sizes(browser: Browser, app: str) -> list[Record]:
    """The size of the websocket messages until a newly opened view stops changing."""
    return [_size(browser, app, view) for view in VIEWS if extent.is_wanted(_size_name(view))]


def _size_name(view: View) -> str:
    return f"messages of {view.name}"


def _size(browser: Browser, app: str, view: View) -> Record:
    context, sizes = fresh(browser), list[int]()
    page = context.new_page()
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    open_page(page, f"{app}/{view.address}")
    context.close()
    kilobytes = round(sum(sizes) / 1000, 1)
    return {
        "name": _size_name(view),
        "value": kilobytes,
        "unit": "kB",
        "target": MAX_BYTES // 1000,
        "met": kilobytes < MAX_BYTES / 1000,
        "detail": f"{len(sizes)} messages",
    }


# --- the first load ----------------------------------------------------------------------------------------


def _first_load(browser: Browser, runs: str) -> list[Record]:
    """The time from starting the server until the first page is shown in a browser with an empty cache."""
    if not extent.is_wanted(FIRST_LOAD):
        return []
    apps: Mapping[str, Path] = {"ours": ROOT / "app.py", "empty": EMPTY}
    found: dict[str, list[float]] = {name: [] for name in apps}
    for number in range(extent.rounds(LOADS) + 1):
        for name in sorted(apps, reverse=number % 2 == 1):
            seconds = _load(browser, apps[name], runs)
            if number:  # the first one also fills the file cache
                found[name].append(1000 * seconds)
    ratios = [ours / floor for ours, floor in zip(found["ours"], found["empty"], strict=True)]
    return [_ratio(FIRST_LOAD, ratios, LOAD_TARGET, _medians(**found))]


def _load(browser: Browser, app: Path, runs: str) -> float:
    context = fresh(browser)
    page = context.new_page()
    began = time.time()
    with serve(app, RUNS_FOLDER=runs) as (url, _):
        page.goto(url)
        start(page, MAIN)
        page.get_by_role("heading", level=1).first.wait_for(timeout=60_000)
        painted = page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(Date.now()), 0)))"
        )
        context.close()
    return float(painted) / 1000 - began
