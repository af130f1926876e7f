"""Pages run through dashboard.py, without a browser."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox, Widget

from tests.messages import ROOT
from ui import pages
from ui.sidebar import MODEL_CHOICE

W = TypeVar("W", bound=Widget)

PAGES = {page.slug: page.file for page in pages.PAGES if not page.hidden}
"""The pages that are for everybody, by slug."""


@pytest.fixture
def open_page(tmp_path, monkeypatch) -> Callable[..., AppTest]:
    """`open_page("decoding", input="5 3")` opens a page in a new session, with settings in its URL."""
    monkeypatch.setattr("ui.models.RUNS", tmp_path / "runs")

    def start(name: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        app.switch_page(pages.BY_SLUG[name].file).run()
        return app

    return start


def model_choice(app: AppTest) -> Selectbox:
    """The list of models in the sidebar."""
    return keyed(app.sidebar.selectbox, MODEL_CHOICE)


def keyed(widgets: Iterable[W], start: str) -> W:
    """The widget whose key begins so; the rest of the key changes with the titles (`models.titles_key`)."""
    return next(one for one in widgets if one.key.startswith(start))


def grid(app: AppTest, key: str) -> dict[str, Any]:
    """The data given to the tensor grid with this key."""
    found = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return next(data for data in found if data.get("options", {}).get("name") == key)


def told(app: AppTest, name: str) -> dict[str, Any]:
    """The data given to the live component with this name."""
    return next(one for one in _lives(app) if one["name"] == name)


def _lives(app: AppTest) -> list[dict[str, Any]]:
    found = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    told = [json.loads(data["told"]) for data in found if "told" in data]
    return [one for one in told if "kind" in one]


def has_told(app: AppTest, name: str) -> bool:
    """Whether there is a live component with this name."""
    return any(one["name"] == name for one in _lives(app))


def captions(app: AppTest, key: str) -> list[str]:
    """The captions of all steps of a grid."""
    return [frame.get("caption", "") for frame in grid(app, key)["frames"]]


def follow(app: AppTest, text: str) -> AppTest:
    """Click the suggestion that begins with `text`."""
    return next(button for button in app.button if button.label.startswith(text)).click().run()
