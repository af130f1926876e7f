"""What holds for all pages."""

import ast
import re
import textwrap

import pytest

from tests.pages.conftest import PAGES, model_choice
from ui.pages import BY_SLUG

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts(app) -> list[str]:
    """All running text of a page: titles, paragraphs, captions, labels."""
    shown = [*app.title, *app.subheader, *app.markdown, *app.caption]
    return [element.value for element in shown if element.value and not element.value.startswith("`")]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_runs_in_every_language(open_page, name, lang):
    app = open_page(name, lang=lang)
    assert not app.exception
    assert app.title
    in_chinese = [bool(CHINESE.search(text)) for text in texts(app)]
    assert any(in_chinese) if lang == "zh" else not any(in_chinese)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("model", ["reverse", "copy"])
def test_every_page_works_on_every_shipped_model(open_page, name, model):
    app = open_page(name, model=model)
    assert not app.exception
    assert not app.warning


@pytest.mark.parametrize("name", [name for name in PAGES if BY_SLUG[name].shows_model])
def test_a_model_that_is_not_there_is_said_and_replaced(open_page, name):
    app = open_page(name, **{"model": "run:../../etc", "from": "model", "pe_section": "hand"})
    assert not app.exception
    assert ["is used instead" in warning.value for warning in app.warning] == [True]


@pytest.mark.parametrize("model", ["nope", "positions:nope-sort"])
def test_a_model_that_is_not_there_is_not_called_a_shipped_one(open_page, model):
    app = open_page("home", model=model)
    assert model_choice(app).options[-1] == f"{model} (not found)"


@pytest.mark.parametrize("name", PAGES)
def test_nonsense_in_the_address_falls_back_to_defaults(open_page, name):
    nonsense = {
        "lang": "xx",
        "layer": "-9",
        "mask_layer": "99999999999999999999",
        "dim": "0",
        "show": "<b>",
        "fill": "a",
    }
    app = open_page(name, **nonsense)
    assert not app.exception


@pytest.mark.parametrize("name", ["broadcasting", "laboratory", "encoding", "training", "decoding", "inside"])
def test_the_code_that_computed_a_page_is_shown_once_asked_for(open_page, name):
    app = open_page(name)
    before = [code.value for code in app.code]
    assert not any("def " in code for code in before)
    app.session_state["source"] = True
    app.run()
    assert not app.exception
    shown = [code.value for code in app.code if code.value not in before]
    assert shown
    for code in shown:
        ast.parse(textwrap.dedent(code))
