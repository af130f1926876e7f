"""How much a page sends to the browser when it is opened."""

import pytest
from streamlit.testing.v1 import app_test
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from benchmarks.views import MAX_BYTES, VIEWS, View
from ui import pages

WITH_SECTIONS = [page for page in pages.PAGES if page.section and not page.hidden]


@pytest.fixture
def sent(monkeypatch):
    """The script runners so far; each has the messages that it sent."""
    runners = []

    class Recorded(LocalScriptRunner):
        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            runners.append(self)

    monkeypatch.setattr(app_test, "LocalScriptRunner", Recorded)
    return runners


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_default_view_is_small(open_page, sent, view: View):
    app = open_page(view.page or "home", **view.query)
    assert not app.exception
    sizes = sorted((message.ByteSize() for message in sent[-1].forward_msgs()), reverse=True)
    assert sum(sizes) > 1000
    assert sum(sizes) < MAX_BYTES, sizes[:5]


@pytest.mark.parametrize("page", WITH_SECTIONS, ids=lambda page: page.slug)
def test_every_section_of_a_page_is_a_view(open_page, page):
    app = open_page(page.slug)
    chooser = next(group for group in app.get("button_group") if group.key == page.section.name)
    assert len(chooser.options) == len(page.sections)
    assert page.section.default in page.sections
    assert all(page.section.parse(name) == name for name in page.sections)
