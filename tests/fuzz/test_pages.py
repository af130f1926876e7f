"""Arbitrary texts in every text field and address parameter of every page: quick, and without traceback.

`pytest` tries a few cases for each field and parameter; `pytest -m slow tests/fuzz` tries fifty.
"""

import inspect
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.fuzz.nasty import (
    INJECTIONS,
    NASTY,
    NUMBERS,
    WORDS,
    bounded,
    coded_alterations,
    coded_cells,
    fuzz,
    texts,
)
from tests.messages import ROOT
from tests.pages.conftest import PAGES
from tests.user_text import keep_evil_model
from transformer import TASKS
from ui.pages import BY_SLUG, PAGE_OF, SETTINGS
from ui.pages import PAGES as REGISTERED
from ui.setting import OneOf, Range, Setting
from ui.state import EVERYWHERE, LANGUAGE

GROWTH = 400 * 2**20
"""The most bytes by which the process may grow while a page is shown again and again."""

FEW, MANY = pytest.param(3, id="few"), pytest.param(50, id="many", marks=pytest.mark.slow)
"""Cases for each field or parameter; a field that is in several views gets as many in each."""


def choices(setting: Setting) -> tuple[str, ...]:
    """The words that a setting accepts."""
    if isinstance(setting.parse, OneOf):
        return setting.parse.choices
    if not inspect.isfunction(setting.parse):
        return ()
    return tuple(inspect.getclosurevars(setting.parse).nonlocals.get("choices", ()))


VIEWS = [
    *(
        (page.slug, {page.section.name: name})
        for page in REGISTERED
        for name in page.sections
        if page.section
    ),
    *((page.slug, {}) for page in REGISTERED if not page.section and not page.hidden),
    ("training", {"run": ""}),
    ("training", {"run": "reverse"}),
    ("training", {"run": "run:evil", "train_table": "1"}),
    ("training", {"train_task": "pairs"}),
    ("training", {"train_task": "pairs", "train_tokens": "character"}),
    *(("training", {"train_look": look}) for look in ("embed", "position", "all")),
]
"""Every page in each of its sections."""

MODELS = (*TASKS, "run:evil", "positions:rotary-reverse", "run:none", "")

named = st.lists(st.sampled_from(MODELS), max_size=9).map(",".join)
panels = st.builds(
    "{}{}.{}.{}".format,
    st.sampled_from(["encoder.self", "decoder.self", "decoder.cross"]),
    st.sampled_from(["", ".average"]),
    st.integers(0, 99),
    st.integers(0, 99),
)
SPECIAL = {
    "model": st.sampled_from(MODELS),
    "run": st.sampled_from(MODELS),
    "train_compare": named,
    "pe_models": named,
    "head": panels,
    "changes": coded_alterations,
    "fed": coded_alterations,
    "lab_cells": coded_cells,
}
"""Valid and almost valid texts for parameters with a syntax of their own."""


def near(setting: Setting) -> st.SearchStrategy[str]:
    """Values that a parameter accepts, and values that are almost valid."""
    if isinstance(setting.parse, Range):
        low, high = setting.bounds
        ends = st.sampled_from([low, high, low - 1, high + 1])
        inside = st.integers(low, high) if isinstance(setting.default, int) else st.floats(low, high)
        return (ends | inside).map(str)
    words = choices(setting)
    if words:
        return st.sampled_from([str(word) for word in words]) | st.integers(0, 1000).map(str)
    if setting.name in SPECIAL:
        return SPECIAL[setting.name]
    return st.sampled_from(["0", "1"]) if isinstance(setting.default, bool) else sources


sources = st.lists(
    st.lists(st.sampled_from([*WORDS, *INJECTIONS[:3]]), min_size=1, max_size=30).map(" ".join), max_size=9
).map("\n".join)
"""Inputs that a model may be able to read, one a line."""


def values(setting: Setting) -> st.SearchStrategy[str]:
    """Any texts for a parameter; half of them are valid or almost valid."""
    return st.one_of(near(setting), texts(), near(setting), st.sampled_from(NUMBERS))


@st.composite
def addresses(draw: st.DrawFn, page: str) -> dict[str, str]:
    """Values for several of a page's parameters at once."""
    own = [*EVERYWHERE, *BY_SLUG[page].settings]
    own.remove(LANGUAGE)  # AppTest reads the widgets of one run with the language of the next
    chosen = draw(st.lists(st.sampled_from(own), min_size=1, max_size=8, unique_by=lambda one: one.name))
    return {setting.name: draw(near(setting) | values(setting)) for setting in chosen}


@pytest.fixture(scope="module", autouse=True)
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder with one run. All pages are opened once, so that no case includes the time of imports."""
    folder = tmp_path_factory.mktemp("runs")
    keep_evil_model(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.models.RUNS", folder)
        for page in PAGES:
            visit(session(), page, {})
        yield


def session() -> AppTest:
    return AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)


def visit(app: AppTest, page: str, query: dict[str, str]) -> AppTest:
    """Open an address in a session that may have shown others before, as a link does."""
    app.session_state["page_entered"] = None
    for setting in EVERYWHERE:
        app.session_state[setting.name] = setting.default
    app.query_params.clear()
    for name, text in query.items():
        app.query_params[name] = text
    app.switch_page(PAGES[page]).run()
    assert_answered(app, query)
    return app


def assert_answered(app: AppTest, given: object) -> None:
    """The page has a title and no traceback."""
    assert not app.exception, (given, [(item.value, item.stack_trace) for item in app.exception])
    assert app.title, given


def name_of(view: object) -> str:
    return view if isinstance(view, str) else "-".join(map(str, view.values())) or "plain"


def check_field(app: AppTest, key: str, examples: int) -> None:
    @fuzz(examples)
    @given(st.sampled_from(NASTY) | texts(3000) | sources)
    def one(text: str) -> None:
        text_fields(app)[key].set_value(text).run()
        assert_answered(app, (key, text))

    one()


def text_fields(app: AppTest) -> dict[str, Any]:
    return {field.key: field for field in (*app.text_input, *app.text_area)}


def check_parameter(setting: Setting, examples: int) -> None:
    pages, app = [PAGE_OF[setting].slug] if setting in PAGE_OF else list(PAGES), session()

    @fuzz(examples)
    @given(st.sampled_from([view for view in VIEWS if view[0] in pages]), values(setting))
    def one(view: tuple[str, dict[str, str]], text: str) -> None:
        page, query = view
        visit(session() if setting is LANGUAGE else app, page, {**query, setting.name: text})

    one()


def check_addresses(page: str, query: dict[str, str], examples: int) -> None:
    app = session()

    @fuzz(examples)
    @given(addresses(page))
    def one(more: dict[str, str]) -> None:
        visit(app, page, {**more, **query})

    one()


@pytest.mark.parametrize("examples", [FEW, MANY])
@pytest.mark.parametrize(("page", "query"), VIEWS, ids=name_of)
def test_any_text_in_a_field_is_answered(page, query, examples):
    app = visit(session(), page, query)
    with bounded(GROWTH):
        for key in text_fields(app):
            check_field(app, key, examples)


@pytest.mark.parametrize("examples", [FEW, MANY])
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_any_value_of_a_parameter_is_answered(setting, examples):
    with bounded(GROWTH):
        check_parameter(setting, examples)


@pytest.mark.parametrize("examples", [FEW, MANY])
@pytest.mark.parametrize(("page", "query"), VIEWS, ids=name_of)
def test_any_parameters_together_are_answered(page, query, examples):
    with bounded(GROWTH):
        check_addresses(page, query, examples)


def test_every_page_is_among_the_views():
    assert {page for page, _ in VIEWS} == set(PAGES)
