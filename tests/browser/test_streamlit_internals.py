"""Every selector for Streamlit's elements finds one."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from ui.streamlit_internals import CONNECTION_STATE, ELEMENTS, SCRIPT_STATE


def wait(page: Page) -> None:
    """Nothing has to be done on this view."""


def see(name: str) -> Callable[[Page], None]:
    """Wait for an element that appears late."""
    return lambda page: expect(page.locator(ELEMENTS[name]).first).to_be_attached(timeout=60_000)


def type_into_the_search(page: Page) -> None:
    page.locator(".st-key-search input").fill("token")
    expect(page.locator(ELEMENTS["FieldHint"])).to_be_visible()


def open_the_link(page: Page) -> None:
    page.get_by_role("button", name="Link", exact=True).click()
    see("MultiSelect")(page)


def open_the_export(page: Page) -> None:
    page.locator(ELEMENTS["ExpanderTitle"]).filter(has_text="Export").click()
    expect(page.locator(ELEMENTS["DownloadButton"]).first).to_be_visible()


VIEWS: dict[str, Callable[[Page], None]] = {
    "questions?presenter=7": see("ToastContainer"),
    "questions": type_into_the_search,
    "encoding": open_the_link,
    "training?train_task=pairs": see("FileUploaderDropzone"),
    "training?train_section=runs": wait,
    "mistakes?reveal=1": wait,
    "decoding?section=strategies&input=5+3": open_the_export,
    "?presenter=1": see("ExpandSidebarButton"),
}
"""Views that together show every element, and what must be done there for it to appear."""

FOUND = """selectors => Object.entries(selectors)
    .filter(([, selector]) => document.querySelector(selector)).map(([name]) => name)"""


def test_every_selector_finds_its_element(page, app_url, settled):
    lacking = dict(ELEMENTS)
    for view, act in VIEWS.items():
        page.goto(f"{app_url}/{view}")
        settled(page)
        expect(page.locator("h1").first).to_be_visible(timeout=60_000)
        act(page)
        settled(page)
        for name in page.evaluate(FOUND, lacking):
            del lacking[name]
    assert not lacking
    state = page.evaluate("app => ({ ...document.querySelector(app).dataset })", ELEMENTS["App"])
    assert (state[CONNECTION_STATE], state[SCRIPT_STATE]) == ("CONNECTED", "notRunning")
