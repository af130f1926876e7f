"""Questions lead to their answers; mistakes ask before they tell, and keep the score."""

import pytest

from tests.pages.conftest import PAGES
from ui.questions import questions
from ui.slips import slips

NAMES = {file: name for name, file in PAGES.items()}
SLIPS = [slip.key for slip in slips()]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("key", [question.key for question in questions()])
def test_every_question_is_answered_where_the_index_leads(open_page, monkeypatch, key, lang):
    question = next(question for question in questions() if question.key == key)
    app = open_page(NAMES[question.page], **question.query, lang=lang)
    assert not app.exception
    monkeypatch.setattr("ui.i18n.language", lambda: lang)
    asked = next(question for question in questions() if question.key == key).text
    answers = [text.value for text in app.markdown if text.value.startswith(f"**{asked}**")]
    assert answers
    assert len(answers[0]) > len(asked) + 20


def test_searching_leaves_the_questions_that_hold_all_words(open_page):
    app = open_page("questions", search="view")
    assert not app.exception
    assert 1 <= len(app.get("page_link")) < 6
    assert open_page("questions", search="<b>nothing").info


@pytest.mark.parametrize(("page", "name"), [("mistakes", "mistake"), ("inside", "part")])
def test_an_address_that_names_nothing_there_is_told_so(open_page, page, name):
    app = open_page(page, **{name: "**gone**"})
    assert not app.exception
    assert ["`**gone**`" in toast.value for toast in app.toast] == [True]
    assert not open_page(page, **{name: app.session_state[name]}).toast


def test_a_prediction_is_asked_for_before_the_answer_is_shown(open_page):
    app = open_page("mistakes", mistake="tiny")
    before = len(app.code)
    app.radio[0].set_value(0).run()
    assert not app.exception
    assert app.error
    assert any(option.startswith("✗ ") for option in app.selectbox(key="mistake").options)
    assert len(app.code) > before
    assert "0 of 1" in app.caption[-1].value
    app.radio[0].set_value(2).run()
    assert app.success
    assert "0 of 1" in app.caption[-1].value  # the first prediction counts


def test_what_was_shown_first_does_not_count(open_page):
    app = open_page("mistakes", mistake="tiny", reveal="1")
    app.radio[0].set_value(2).run()
    app.toggle(key="reveal").set_value(False).run()
    assert app.success
    assert "0 of 0" in app.caption[-1].value


def test_the_score_outlives_another_language_and_another_mistake(open_page):
    app = open_page("mistakes", mistake="tiny")
    app.radio[0].set_value(2).run()
    assert "1 of 1" in app.caption[-1].value
    next(button for button in app.button if button.label == "Next").click().run()
    assert "1 of 1" in app.caption[-1].value
    app.segmented_control(key="lang").set_value("zh").run()
    assert not app.exception
    assert app.session_state["predictions"] == {"tiny": True}
    next(button for button in app.button if button.label == "上一个").click().run()
    assert app.session_state["mistake"] == "tiny"
    assert app.success


@pytest.mark.parametrize("key", SLIPS)
def test_every_mistake_can_be_shown_at_once(open_page, key):
    app = open_page("mistakes", mistake=key, reveal="1", lang="zh")
    assert not app.exception
    assert len(app.code) >= 2
