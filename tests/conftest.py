"""Fixtures for all tests. The browser is one of them: Playwright can be started only once in a process."""

import functools
import logging
import os
import shutil
import signal
import time
from collections.abc import Iterator

import pytest
import torch
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Error, expect, sync_playwright
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import app_test, local_script_runner

from tests.parts import CHOSEN, Part

# Outside a session these loggers warn at every call: hundreds of lines under any failing test. They are
# disabled because a log level would not last: Streamlit sets it whenever it reads its settings.
for warned in ("scriptrunner_utils.script_run_context", "state.session_state_proxy"):
    logging.getLogger(f"streamlit.runtime.{warned}").disabled = True

# For every session AppTest would scan all installed packages for components and compile every page again,
# which takes two thirds of a test's time. Caching does this once in a process.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
app_test.ScriptCache = local_script_runner.ScriptCache = functools.cache(app_test.ScriptCache)

# No deadline: how long an example takes depends on how busy the machine is.
for profile, examples in {"quick": 10, "thorough": 100}.items():
    settings.register_profile(
        profile,
        deadline=None,
        max_examples=examples,
        database=None,
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow],
    )

# A wait ends as soon as its condition is met, so a long timeout costs time only in a test that fails.
expect.set_options(timeout=60_000)

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
BEGUN = time.monotonic()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow-part", help="a part of the slow tests, as 3/7: see tests/parts.py")
    parser.addoption("--minutes", type=float, default=float("inf"), help="after which no test is begun")


def pytest_configure(config: pytest.Config) -> None:
    heed_signals_in_programs()
    if config.getoption("slow_part"):
        config.option.markexpr = CHOSEN
        settings.load_profile("thorough")
    else:
        settings.load_profile("quick")


def heed_signals_in_programs() -> None:
    """Programs that tests start react to Ctrl-C and to a closed terminal, even if pytest does not.

    A shell's background process ignores SIGINT, and under nohup SIGHUP. A program inherits that an ignored
    signal is ignored; a signal that has a handler, even one that does nothing, is reset when it starts.
    """
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("slow_part"):
        part = Part.read(config.getoption("slow_part"))
        items[:] = [item for item in items if item.nodeid in part]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    minutes = item.config.getoption("minutes")
    if time.monotonic() > BEGUN + 60 * minutes:
        pytest.skip(f"not begun: {minutes:g} minutes are over")


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """One thread gives the same sums in every run, and leaves the other cores to other processes."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, or Playwright's own if there is none."""
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=BROWSER_ARGUMENTS
            )
        except Error as error:
            if os.environ.get("REQUIRE_BROWSER") == "1":
                raise
            pytest.skip(f"no browser: {error.message.splitlines()[0]}")
        yield chromium
        chromium.close()
