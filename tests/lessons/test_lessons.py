"""The shipped lessons: every step opens, points at something that exists, and shows what it speaks of."""

import json

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block

from tests.messages import ROOT
from transformer import InputError
from ui.lessons.reader import read_lesson
from ui.lessons.shelf import FOLDER, shipped


@pytest.fixture
def start(tmp_path, monkeypatch):
    monkeypatch.setattr("ui.models.RUNS", tmp_path / "runs")

    def open_link(**query):
        app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
        for name, value in query.items():
            app.query_params[name] = value
        return app.run()

    return open_link


def words_on(app):
    """All texts and data on a page, as one text."""
    kinds = (
        *("markdown", "caption", "code", "title", "subheader", "button", "selectbox", "metric"),
        *("info", "success", "warning", "error"),
    )
    said = [
        str(one.label if kind in ("button", "metric") else one.value)
        for kind in kinds
        for one in app.get(kind)
    ]
    grids = [one.proto.json for one in app.get("bidi_component")]
    tables = [one.value.to_csv() for kind in ("arrow_data_frame", "table") for one in app.get(kind)]
    others = [str(one.proto) for kind in ("button_group", "imgs", "plotly_chart") for one in app.get(kind)]
    texts = [json.dumps(json.loads(text), ensure_ascii=False) for text in grids]
    return "\n".join([*said, *texts, *tables, *others])


def names_of(block):
    for part in block.children.values():
        yield str(getattr(getattr(part, "proto", None), "id", ""))
        if isinstance(part, Block):
            yield from names_of(part)


def check(app, lesson, number):
    """Check that the step on screen shows what it should."""
    step = lesson.steps[number - 1]
    where = f"{lesson.name}, step {number}"
    assert not app.exception, where
    assert app.session_state["page_entered"] == step.view.page.slug, where
    assert app.session_state["lesson_step"] == number, where
    for setting, value in step.view.values.items():
        assert app.session_state[setting.name] == value, where
    words = words_on(app)
    assert step.text.en in words, where
    for word in step.shows:
        assert word in words.replace(step.text.en, ""), f"{where} does not show {word}"
    assert not step.point or any(step.point in one for one in names_of(app.main)), f"{where}: {step.point}"


@pytest.mark.parametrize("name", shipped())
def test_every_step_of_a_lesson_shows_what_it_speaks_of(start, name):
    lesson = shipped()[name]
    app = start(lesson=name)
    for number in range(1, len(lesson.steps) + 1):
        check(app, lesson, number)
        app.button(key="lesson_next").click().run()
    assert not app.exception
    assert app.session_state["page_entered"] == "home"
    assert app.session_state["lesson"] == ""
    assert app.button(key=f"lesson_start_{name}").label.startswith("✓")


def test_a_link_opens_a_step_and_back_leads_to_the_one_before(start):
    lesson = shipped()["why_masks"]
    app = start(lesson="why_masks", step="3", lang="zh")
    assert app.session_state["lesson_step"] == 3
    assert any(lesson.steps[2].text.zh in text.value for text in app.markdown)
    app.button(key="lesson_back").click().run()
    assert app.session_state["page_entered"] == "broadcasting"
    app.button(key="lesson_leave").click().run()
    assert not [button for button in app.button if button.key == "lesson_next"]


def test_a_prediction_is_judged_at_the_next_step(start):
    app = start(lesson="why_masks")
    key = "lesson_answer_why_masks_1"
    app.segmented_control(key=key).set_value(0).run()
    app.button(key="lesson_next").click().run()
    assert any("You said “rows”" in text.value for text in app.markdown)
    app.button(key="lesson_back").click().run()
    app.segmented_control(key=key).set_value(1).run()
    app.button(key="lesson_next").click().run()
    assert any("As you predicted" in text.value for text in app.markdown)


GOOD = """minutes = 5
title = { en = "T", zh = "标" }
audience = { en = "A", zh = "人" }
[[step]]
page = "laboratory"
settings = { lab_attention = "encoder" }
text = { en = "One.", zh = "一。" }
"""


@pytest.mark.parametrize(
    ("wrong", "instead", "said"),
    [
        ("lab_attention", "lab_atention", "mine.toml, step 1, line 6: The page laboratory has no setting"),
        ('"encoder"', '"enkoder"', "step 1, line 6: lab_attention=enkoder is not possible"),
        ("laboratory", "labor", "step 1, line 5: There is no page labor."),
        ("minutes = 5", "minutes = 0", "head, line 1: `minutes`"),
        ("title", "titel", "head, line 2: There is nothing called titel"),
        (', zh = "一。"', "", "step 1, line 7: `text` needs a text in both languages"),
        ("[[step]]", "[[step]", "mine.toml is no TOML"),
        ("[[step]]", '[[step]]\npoint = "<b>"', "step 1, line 5: `point`"),
        ("[[step]]", '[[step]]\nhide = ["all"]', "step 1, line 5: `hide`"),
        ("[[step]]", '[[ step ]] # first\n\nlock = ["answers"]', "step 1, line 6: `lock`"),
        ("[[step]]", '[[step]]\nquestion = { en = "Q", zh = "问" }', "step 1, line 5: A question has"),
        ("text", "texts", "step 1, line 7: There is nothing called texts"),
    ],
)
def test_what_is_wrong_in_a_lesson_is_said_with_its_place(wrong, instead, said):
    assert read_lesson(GOOD, "mine.toml").steps[0].view.page.slug == "laboratory"
    with pytest.raises(InputError) as refused:
        read_lesson(GOOD.replace(wrong, instead), "mine.toml")
    assert said in str(refused.value)


def test_the_shipped_lessons_are_all_read_and_have_no_empty_promise():
    assert len(shipped()) == len(list(FOLDER.glob("*.toml"))) == 6
    assert all(step.shows for lesson in shipped().values() for step in lesson.steps)


def test_a_step_locks_and_hides_until_the_next(start, tmp_path, monkeypatch):
    folder = tmp_path / "lessons"
    folder.mkdir()
    steps = GOOD.replace("[[step]]", '[[step]]\nlock = ["controls", "sidebar"]\nhide = ["sections"]')
    plain = GOOD[GOOD.index("[[step]]") :]
    (folder / "7_mine.toml").write_text(steps + plain, encoding="utf-8")
    monkeypatch.setattr("ui.lessons.shelf.SERVED", folder)
    app = start(lesson="mine")
    assert app.session_state["lock"] == "controls,sidebar"
    assert app.button(key="lesson_next")
    places = next(one.proto.body for one in app.get("html") if "locked-places" in one.proto.body)
    assert "stSidebar" in places
    assert "st-key-controls" in places
    assert "lab_section" not in [one.key for one in app.segmented_control]
    app.button(key="lesson_next").click().run()
    assert app.session_state["lock"] == app.session_state["hide"] == ""
    assert not [one for one in app.get("html") if "locked-places" in one.proto.body]
    assert "lab_section" in [one.key for one in app.segmented_control]


@pytest.mark.parametrize(
    "name", ["../secret", "..", "/etc/passwd", "secret", "mine.toml", "%2e%2e", "a" * 5000]
)
def test_no_name_leads_out_of_the_folder_of_the_server(start, tmp_path, monkeypatch, name):
    folder = tmp_path / "lessons"
    folder.mkdir()
    (tmp_path / "secret.toml").write_text(GOOD, encoding="utf-8")
    (folder / "secret.toml").symlink_to(tmp_path / "secret.toml")
    monkeypatch.setattr("ui.lessons.shelf.SERVED", folder)
    app = start(lesson=name)
    assert not app.exception
    assert app.session_state["page_entered"] == "home"
    assert any("There is no lesson" in one.value for one in app.toast)


def test_a_lesson_of_the_server_with_a_mistake_says_where(start, tmp_path, monkeypatch):
    monkeypatch.setattr("ui.lessons.shelf.SERVED", tmp_path)
    file = tmp_path / "mine.toml"
    file.write_text(GOOD.replace("encoder", "enkoder"), encoding="utf-8")
    app = start(lesson="mine")
    assert not app.exception
    assert any("mine.toml, step 1, line 6" in one.value for one in app.toast)
    file.write_text(GOOD, encoding="utf-8")
    app = start(lesson="mine", step="1")
    assert app.session_state["page_entered"] == "laboratory"
