"""Every selector of an element that Streamlit makes finds one."""

from ui.streamlit_internals import CONNECTION_STATE, ELEMENTS, SCRIPT_STATE

VIEWS = (
    "encoding?dim=0",
    "training?train_task=pairs",
    "training?train_section=runs",
    "mistakes?reveal=1",
    "decoding?section=accuracy&presenter=1",
)
"""Views that together show every element."""

FOUND = """selectors => Object.entries(selectors)
    .filter(([, selector]) => document.querySelector(selector)).map(([name]) => name)"""


def test_every_selector_finds_its_element(page, app_url, settled):
    lacking = dict(ELEMENTS)
    for view in VIEWS:
        page.goto(f"{app_url}/{view}")
        settled(page)
        page.locator("[class*=st-key-] input").first.focus() if view.startswith(
            "training?train_task"
        ) else None
        for name in page.evaluate(FOUND, lacking):
            del lacking[name]
    assert not lacking
    state = page.evaluate("app => ({ ...document.querySelector(app).dataset })", ELEMENTS["App"])
    assert (state[CONNECTION_STATE], state[SCRIPT_STATE]) == ("CONNECTED", "notRunning")
