"""Questions lead to their answers; common mistakes ask before they show the result, and keep the score."""

import re
import string
from collections.abc import Iterator, Mapping

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from tests.pages.conftest import PAGES
from transformer import shipped_checkpoint
from ui import answers, search, state
from ui.i18n import speaking, t
from ui.misconceptions import misconceptions
from ui.questions import questions

STEPS = {state.Inside.step.name, state.Broadcasting.step.name}
MISCONCEPTIONS = {misconception.key: misconception for misconception in misconceptions()}


def said_by(template: str) -> re.Pattern[str]:
    """A pattern that matches a message with any values filled in."""
    parts = string.Formatter().parse(template)
    return re.compile("".join(re.escape(text) + (".*" if name else "") for text, name, _, _ in parts), re.S)


def follow(app: AppTest, page: str, **query: str) -> AppTest:
    """Open a page with this address in the same session, as a link does."""
    app.query_params.clear()
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(PAGES[page]).run()


def places(app: AppTest) -> list[str]:
    """The names of the places on the page that links can lead to."""
    ids = [str(getattr(getattr(block, "proto", None), "id", "")) for block in drawn(app.main)]
    return [found[1] for found in (re.search(r"-at_(\w+)$", name) for name in ids) if found]


def drawn(block: Block) -> Iterator[Node]:
    """All elements in a block, at any depth."""
    for part in block.children.values():
        yield part
        if isinstance(part, Block):
            yield from drawn(part)


def assert_begins_where_it_says(app: AppTest, query: Mapping[str, str]) -> None:
    """Each step that a link names exists, and the session state has its number."""
    assert not [toast.value for toast in app.toast]
    for name in STEPS & set(query):
        assert not query[name].isdigit(), "steps are named, as they move when one is added"
        assert isinstance(app.session_state[name], int)
        assert app.session_state[name] > 0


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("key", [question.key for question in questions()])
def test_every_question_is_answered_where_the_index_leads(open_page, monkeypatch, key, lang):
    question = next(question for question in questions() if question.key == key)
    app = follow(open_page("questions"), question.page.slug, **question.query, at=key, lang=lang)
    assert not app.exception
    assert_begins_where_it_says(app, question.query)
    assert places(app).count(key) == 1
    monkeypatch.setattr("ui.i18n.language", lambda: lang)
    asked = next(question for question in questions() if question.key == key).text
    answers = [text.value for text in app.markdown if text.value.startswith(f"**{asked}**")]
    assert answers
    assert any(said_by(t(message)).search(answers[0]) for message in search.answers()[key])


@pytest.mark.parametrize("key", MISCONCEPTIONS)
def test_every_mistake_leads_to_a_place_of_its_page(open_page, key):
    misconception = MISCONCEPTIONS[key]
    app = follow(open_page("mistakes"), misconception.page.slug, **misconception.query, at=misconception.at)
    assert not app.exception
    assert_begins_where_it_says(app, misconception.query)
    assert places(app).count(misconception.at) == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_question_is_answered_in_the_index_with_the_words_of_its_place(lang):
    checkpoint = shipped_checkpoint("sort")
    with speaking(lang):
        for question in questions():
            said = answers.say(question, checkpoint)
            assert any(said_by(t(message)).search(said) for message in search.answers()[question.key]), said
            assert re.search(r"\d", said), f"no number in the answer to {question.key}"


def test_a_link_opens_the_view_that_answers_whatever_was_open_there(open_page):
    app = open_page("decoding", section="teacher")
    app.switch_page(PAGES["questions"]).run()
    follow(app, "decoding", at="autoregressive")
    assert app.session_state["section"] == "walk"
    assert "autoregressive" in places(app)


def test_a_link_to_the_page_on_screen_opens_the_view_that_answers(open_page):
    app = follow(open_page("questions"), "decoding", section="teacher", at="shift")
    app.query_params.clear()
    app.query_params["at"] = "autoregressive"
    app.run()
    assert app.session_state["section"] == "walk"
    assert "autoregressive" in places(app)


def test_what_a_link_led_to_is_marked_until_the_page_is_left_or_reset(open_page):
    app = follow(open_page("questions"), "decoding", at="autoregressive")
    assert app.query_params["at"] == "autoregressive"
    assert marks(app) == ["at_autoregressive"]
    app.segmented_control(key="section").set_value("cache").run()
    assert app.session_state["section"] == "cache"
    next(button for button in app.button if button.label == "Reset").click().run()
    assert not marks(app)
    assert "at" not in app.query_params
    follow(follow(app, "questions"), "decoding", at="autoregressive")
    assert marks(app)
    follow(app, "encoding")
    assert not marks(app)


@pytest.mark.parametrize("name", ["<b>", "a b", "x" * 50, '"]{'])
def test_what_cannot_be_the_name_of_a_place_reaches_no_style_sheet(open_page, name):
    app = follow(open_page("questions"), "decoding", at=name, section="cache")
    assert not marks(app)
    assert app.session_state["section"] == "cache"


def marks(app: AppTest) -> list[str]:
    """The names of the marked places."""
    return [name for sheet in app.get("html") for name in re.findall(r"st-key-(at_\w+) \{", sheet.proto.body)]


def test_a_search_says_how_many_it_found_and_what_one_could_search_for(open_page):
    app = open_page("questions", search="view")
    assert not app.exception
    found = search.find("view")
    links = [link.proto.page for link in app.get("page_link")]
    assert links.count("mistakes") == len(found.misconceptions)
    assert len(app.expander) == len(found.questions)
    assert f"Questions found: {len(found.questions)}" in app.caption[-1].value
    captions = [caption.value for caption in open_page("questions", search="strde").caption]
    assert "`strde` occurs nowhere; searched for `stride`." in captions
    app = open_page("questions", search="<b>qqqqqq")
    assert not app.exception
    assert "`softmax`" in app.info[0].value


@pytest.mark.parametrize(
    ("page", "name", "value"), [("mistakes", "mistake", "gone"), ("inside", "part", "**gone**")]
)
def test_an_address_that_names_nothing_there_is_told_so(open_page, page, name, value):
    app = open_page(page, **{name: value})
    assert not app.exception
    assert [f"`{value}`" in toast.value for toast in app.toast] == [True]
    assert not open_page(page, **{name: app.session_state[name]}).toast


def press(app: AppTest, label: str) -> AppTest:
    """Press the button with this label."""
    return next(button for button in app.button if button.label == label).click().run()


def statement(key):
    """The key of the control for the judgement of a statement, in the first round."""
    return f"judgement_0_{key}"


def judge(app: AppTest, key: str, rightly: bool) -> AppTest:
    """Judge a statement, rightly or wrongly."""
    truth = next(one for one in misconceptions() if one.key == key).fact in [
        text.value for text in app.markdown
    ]
    return app.segmented_control(key=statement(key)).set_value(truth == rightly).run()


def test_a_judgement_is_made_in_one_click_and_the_truth_shown_in_another(open_page):
    app = open_page("mistakes", mistake="tiny")
    before = len(app.code)
    judge(app, "tiny", rightly=False)
    assert not app.exception
    assert not [*app.error, *app.success, *app.info]
    assert len(app.code) == before
    press(app, "Show")
    assert app.error
    assert any(option.startswith("✗ ") for option in app.selectbox(key="mistake").options)
    assert len(app.code) > before
    assert "0 of 1" in app.caption[-1].value
    judge(app, "tiny", rightly=True)
    assert app.success
    assert "0 of 1" in app.caption[-1].value  # the first judgement counts


def test_a_title_from_before_the_judgement_changes_no_choice(open_page):
    """A judgement marks the statement's title; a quick click still sends the title without the mark."""
    app = open_page("mistakes", mistake="tiny")
    [choice] = [one for one in app._tree.get_widget_states().widgets if "mistake" in one.id]
    press(judge(app, "tiny", rightly=True), "Show")
    app._run(WidgetStates(widgets=[choice]))
    assert app.session_state["mistake"] == "tiny"


def test_what_was_shown_without_a_judgement_does_not_count(open_page):
    app = press(open_page("mistakes", mistake="tiny"), "Show")
    assert app.info
    judge(app, "tiny", rightly=True)
    assert app.success
    assert "0 of 0" in app.caption[-1].value


def test_the_score_outlives_another_language_and_another_statement(open_page):
    app = open_page("mistakes", mistake="tiny")
    judge(app, "tiny", rightly=True)
    press(app, "Show")
    assert "1 of 1" in app.caption[-1].value
    app.button(key="next_beside").click().run()
    assert app.session_state["mistake"] == "weak"
    app.segmented_control(key="lang").set_value("zh").run()
    assert not app.exception
    assert app.session_state["kept_values"]["quiz"] == {"tiny": True}


def test_true_and_false_statements_are_mixed_and_another_round_states_others(open_page):
    def stated(number):
        app = open_page("mistakes", round=str(number))
        found = []
        for one in misconceptions():
            app.selectbox(key="mistake").set_value(one.key).run()
            found.append(one.fact in [text.value for text in app.markdown])
        return found

    first = stated(0)
    assert 6 < sum(first) < 19
    assert first != stated(1)


def test_the_end_says_how_it_went_and_leads_through_the_wrong_ones_again(open_page):
    app = open_page("mistakes", mistake="tiny")
    every = {one.key: one.key not in ("tiny", "view") for one in misconceptions()}
    app.session_state["kept_values"] = {"quiz": every}
    app.run()
    assert any("23 of 25" in text.value for text in app.markdown)
    app.button(key="again_wrong").click().run()
    assert set(app.selectbox(key="mistake").options) == {"1e-20 as a fill value", "view after a transpose"}
    judge_key = f"judgement_1_{app.session_state['mistake']}"
    assert app.segmented_control(key=judge_key).value is None


def test_titles_and_twins_do_not_give_the_answer_away():
    for one in misconceptions():
        assert one.fact != one.belief
        assert one.fact.startswith("“") == one.belief.startswith("“")
        assert not re.search(r"\b(not|no|only|made up|forgotten)\b", one.title), one.title


@pytest.mark.parametrize("key", MISCONCEPTIONS)
def test_every_mistake_can_be_shown_at_once(open_page, key):
    app = open_page("mistakes", mistake=key, reveal="1", lang="zh")
    assert not app.exception
    assert len(app.code) >= 2


@pytest.mark.parametrize("step", ["energy", "5"])
def test_a_step_is_linked_to_by_name_or_number(open_page, step):
    app = open_page("inside", part="encoder.0.self_attention", part_step=step)
    assert app.session_state["part_step"] == 5
    assert not app.toast


def test_a_step_that_is_not_there_is_said(open_page):
    app = open_page("inside", part="encoder.0.self_attention", part_step="gone")
    assert ["has no step `gone`" in toast.value for toast in app.toast] == [True]
    assert app.session_state["part_step"] == 0
