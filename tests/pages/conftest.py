"""Pages run through dashboard.py, without a browser."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.messages import ROOT
from ui import pages

PAGES = {page.slug: page.file for page in pages.PAGES if not page.hidden}
"""Those for everybody."""


@pytest.fixture
def open_page(tmp_path, monkeypatch) -> Callable[..., AppTest]:
    """`open_page("decoding", input="5 3", lang="zh")`: a page in a new session, with settings in its URL."""
    monkeypatch.setattr("ui.models.RUNS", tmp_path / "runs")

    def start(name: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        app.switch_page(pages.BY_SLUG[name].file).run()
        return app

    return start


def grid(app: AppTest, key: str) -> dict[str, Any]:
    """What the tensor grid of that key was given."""
    found = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return next(data for data in found if data.get("options", {}).get("name") == key)


def captions(app: AppTest, key: str) -> list[str]:
    """The sentence of every step of a grid."""
    return [frame.get("caption", "") for frame in grid(app, key)["frames"]]


def follow(app: AppTest, text: str) -> AppTest:
    """Click the suggestion that begins so."""
    return next(button for button in app.button if button.label.startswith(text)).click().run()
