"""What all tests share; the browser, too: Playwright allows one of its kind in a process."""

import functools
import logging
import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import settings
from playwright.sync_api import Browser, Error, expect, sync_playwright
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import app_test, local_script_runner

# Outside a session Streamlit warns of that at every call: hundreds of lines under any failing test.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
logging.getLogger("streamlit.runtime.state.session_state_proxy").setLevel(logging.ERROR)

# Of every session that AppTest begins it makes a server of its own, which looks through all installed
# packages and compiles every page: two thirds of the time of a test. Once in a process is enough.
manifest_scanner.scan_component_manifests = functools.cache(manifest_scanner.scan_component_manifests)
app_test.ScriptCache = local_script_runner.ScriptCache = functools.cache(app_test.ScriptCache)

# How long an example takes says how busy the machine is; nothing here asserts a time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# A wait ends when what is waited for is there: a long one costs only a test that fails.
expect.set_options(timeout=30_000)

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the system's, else Playwright's own."""
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
