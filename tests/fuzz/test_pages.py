"""Nasty texts in every text field of every page, and in every parameter of its address: never a traceback."""

import time

import pytest

from tests.fuzz.nasty import HANG, INJECTIONS, NASTY
from tests.pages.conftest import open_page  # noqa: F401
from ui.state import SETTINGS

FIELDS = [
    ("home", {}),
    ("inside", {}),
    ("inside", {"inside": "serial"}),
    ("inside", {"inside": "batch"}),
    ("broadcasting", {"from": "model"}),
    ("broadcasting", {"from": "shapes"}),
    ("laboratory", {}),
    ("encoding", {"pe_section": "hand"}),
    ("encoding", {"pe_section": "model"}),
    ("encoding", {"pe_section": "relative"}),
    *(
        ("decoding", {"section": section})
        for section in ("walk", "strategies", "teacher", "what_if", "cache")
    ),
    ("training", {"train_task": "pairs"}),
    ("training", {"train_task": "pairs", "train_tokens": "character"}),
    ("questions", {}),
]
"""Every page that has a text field, in every section that has one of its own or reads one."""

QUICK = [*INJECTIONS[::9], "", "\0", "9" * 4301, "5 3 9\n" * 300]
"""Texts for every run of the tests; `pytest -m slow` takes them all."""

both = pytest.mark.parametrize(
    "some", [QUICK, pytest.param(NASTY, marks=pytest.mark.slow)], ids=["a few", "all"]
)
"""A few texts, or every one."""


def assert_answered(app, started, text):
    """No traceback, and soon: by the clock that other processes do not move."""
    assert not app.exception, (text, [item.value for item in app.exception])
    assert time.process_time() - started < HANG.total_seconds(), f"hangs at {text[:80]!r}"


@both
@pytest.mark.parametrize(("page", "query"), FIELDS, ids=lambda part: str(part))
def test_any_text_in_a_field_is_answered(open_page, page, query, some):  # noqa: F811
    app = open_page(page, **query)
    fields = [field.key for field in (*app.text_input, *app.text_area)]
    assert fields, "this page has a text field"
    for key in fields:
        kinds = {field.key: field for field in (*app.text_input, *app.text_area)}
        before = kinds[key].value
        for text in some:
            started = time.process_time()
            kinds = {field.key: field for field in (*app.text_input, *app.text_area)}
            kinds[key].set_value(text).run()
            assert_answered(app, started, text)
        app.session_state[key] = before


FREE = [setting for setting in SETTINGS if setting.parse("<b>x</b>") is not None]
"""Parameters that may be any text."""

HOME = {"": "decoding"}


@both
@pytest.mark.parametrize("setting", FREE, ids=lambda setting: setting.name)
def test_any_text_in_the_address_is_answered(open_page, setting, some):  # noqa: F811
    for text in some[:3] if some is QUICK else some:
        started = time.process_time()
        app = open_page(HOME.get(setting.page, setting.page), **{setting.name: text})
        assert_answered(app, started, text)
