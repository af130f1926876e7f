"""A teacher writes a lesson in the app, and links can hide controls."""

import pytest

from ui import own_lesson
from ui.lessons.reader import read_lesson
from ui.lessons.shelf import FOLDER, shipped

TEXT = {"en": "a", "zh": "b"}
WRONG = (
    {"text": 3},
    {"settings": []},
    {"lock": [1]},
    {"question": {**TEXT, "options": [TEXT], "answer": "1"}},
    {"question": {**TEXT, "options": TEXT, "answer": 0}},
)
"""Invalid steps that a browser may send."""


def add_view(app):
    """Click the button under "Link" that adds the view to the lesson."""
    app.session_state["link"] = True
    app.run()
    next(button for button in app.button if button.label == "Add this view to my lesson").click().run()
    assert not app.exception


def test_a_view_becomes_a_step_is_previewed_and_comes_out_as_a_file(open_page):
    app = open_page("laboratory", lab_attention="encoder", lang="en")
    add_view(app)
    app.switch_page("pages/questions/my_lesson.py").run()
    assert not app.exception
    text = next(area for area in app.text_area if area.key.startswith("own_text_en_0"))
    text.set_value("Look at the columns.").run()
    question = next(area for area in app.text_area if area.key.startswith("own_question_0"))
    question.set_value("Rows or columns? | 行还是列？\nrows | 行\n*columns | 列").run()
    next(button for button in app.button if button.label == "Preview").click().run()
    assert app.session_state["page_entered"] == "laboratory"
    assert app.session_state["lab_attention"] == "encoder"
    assert any("Look at the columns." in one.value for one in app.markdown)
    assert any("Rows or columns?" in one.value for one in app.markdown)


@pytest.mark.parametrize("name", shipped())
def test_what_is_written_as_a_file_is_read_as_the_same_lesson(name, monkeypatch):
    import tomllib

    path = next(FOLDER.glob(f"*_{name}.toml"))
    monkeypatch.setattr("ui.kept.value", lambda _: tomllib.loads(path.read_text()))
    again = read_lesson(own_lesson.as_toml(), path.name)
    original = shipped()[name]
    assert [(one.text, one.question, one.view.query) for one in again.steps] == [
        (one.text, one.question, one.view.query) for one in original.steps
    ]


@pytest.mark.parametrize(
    "brought",
    [
        *(None, [], {"step": 3}, {"minutes": 1, "title": 2, "audience": 3, "step": 4}),
        *({**own_lesson.EMPTY, "minutes": one} for one in (0, "x", True, 1e9)),
        {**own_lesson.EMPTY, "title": {"en": 1, "zh": ""}},
        *({**own_lesson.EMPTY, "step": [{"page": "home", "text": TEXT, **one}]} for one in WRONG),
    ],
)
def test_what_a_browser_brings_may_be_anything(brought, monkeypatch):
    monkeypatch.setattr("ui.kept.value", lambda _: brought)
    assert own_lesson.given()["step"] == []


def test_a_link_hides_sections_and_controls_and_keeps_their_values(open_page):
    shown = open_page("laboratory", lab_section="padding", lab_attention="encoder")
    assert [one.key for one in shown.segmented_control if one.key == "lab_section"]
    app = open_page(
        "laboratory", lab_section="padding", lab_attention="encoder", hide="sidebar,sections,controls"
    )
    assert not app.exception
    assert not {one.key for one in app.segmented_control} & {"lab_section", "lab_attention", "lang"}
    assert app.session_state["lab_section"] == "padding"
    assert app.session_state["lab_attention"] == "encoder"
    assert not app.sidebar.selectbox
    assert len(app.get("bidi_component")) >= len(shown.get("bidi_component")) - 1


def test_answers_can_be_hidden(open_page):
    asked = "**What does `masked_fill` do before softmax?**"
    view = {"part": "encoder.0.self_attention", "part_step": "9"}
    assert any(one.value.startswith(asked) for one in open_page("inside", **view).markdown)
    app = open_page("inside", hide="answers", **view)
    assert not app.exception
    assert not any(one.value.startswith(asked) for one in app.markdown)


def test_a_question_may_be_written_before_its_options(open_page):
    app = open_page("laboratory", lang="en")
    add_view(app)
    app.switch_page("pages/questions/my_lesson.py").run()
    next(area for area in app.text_area if area.key.startswith("own_question_0")).set_value("Which?").run()
    assert not app.exception
    assert any("step 1" in one.value and "2 to 5" in one.value for one in app.warning)
    assert any(area.value == "Which? | Which?" for area in app.text_area)


def test_a_view_is_added_with_what_it_hides_and_locks(open_page):
    app = open_page("laboratory", lab_attention="encoder", lang="en")
    app.session_state["link"] = True
    app.run()
    app.multiselect(key="link_hides").set_value(["sections"]).run()
    app.multiselect(key="link_locks").set_value(["controls"]).run()
    assert any("hide=sections&lock=controls" in one.value for one in app.code)
    add_view(app)
    app.switch_page("pages/questions/my_lesson.py").run()
    assert any("hide=sections  lock=controls" in one.value for one in app.code)
    next(one for one in app.number_input if one.label == "Minutes").set_value(7).run()
    next(button for button in app.button if button.label == "Preview").click().run()
    assert (app.session_state["hide"], app.session_state["lock"]) == ("sections", "controls")
    assert app.button(key="lesson_leave").click().run().session_state["lock"] == ""


def test_what_controls_do_nothing_else_does_while_they_are_locked(open_page):
    app = open_page("laboratory", lock="controls", lang="en")
    assert next(button for button in app.button if button.label == "Reset").disabled
    assert all(button.disabled for button in app.button if button.proto.type == "tertiary")
