"""The page of exercises: answers are checked, shown on request after two wrong ones, and progress is kept."""

import json
import time

import pytest

from tests.pages.conftest import grid
from transformer import Transformer, shipped_checkpoint
from transformer.exercises import EXERCISES, make
from transformer.experiments.suspects import suspects
from transformer.model.faulty_models import MODELS

CHECKPOINT = shipped_checkpoint("sort")


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


@pytest.mark.parametrize("name", EXERCISES)
def test_every_exercise_opens_is_failed_by_nothing_and_solved_by_its_key(open_page, name):
    app = open_page("exercises", exercise=name, lang="zh")
    press(app, "检查")
    assert not app.exception
    assert app.error
    problem = make(name, CHECKPOINT, 1, 0)
    attempt = app.session_state["exercise_attempt"]
    if problem.paint is not None:
        attempt.cells = {tuple(cell) for cell in problem.paint.values.nonzero().tolist()}
    for number, field in enumerate(problem.fields):
        app.session_state[f"answer_{name}_1_0_{number}"] = field.solution()
    press(app, "检查")
    assert not app.exception
    assert app.success
    assert app.session_state["kept_values"]["exercises"] == {f"{name}.1": 1}


def test_after_two_wrong_answers_the_right_one_can_be_shown_and_does_not_count(open_page):
    app = open_page("exercises", exercise="padding")
    press(app, "Check")
    assert "Show me" not in [button.label for button in app.button]
    press(app, "Check")
    press(app, "Show me")
    assert app.info
    painted = grid(app, "exercise_grid")
    assert not painted["options"]["editable"]
    assert "exercises" not in app.session_state["kept_values"] if "kept_values" in app.session_state else True
    before = json.dumps(painted["frames"])
    press(app, "Another one")
    assert (
        json.dumps(grid(app, "exercise_grid")["frames"]) != before or app.session_state["exercise_seed"] != 0
    )


def test_what_is_wrong_is_said_cell_by_cell(open_page):
    app = open_page("exercises", exercise="softmax")
    app.text_input(key="answer_softmax_1_0_0").set_value("1 1 1").run()
    press(app, "Check")
    assert "3" in app.error[0].value
    assert any("is masked" in one.value for one in app.markdown)


def test_find_the_mistake_tells_only_when_asked_and_shows_the_model_repaired(open_page):
    app = open_page("find", suspect="3")
    assert not app.exception
    words = str([one.value for one in app.markdown])
    assert "1e-20" not in words
    app.selectbox(key="find_wrong_0_3").set_value("tiny_fill").run()
    app.selectbox(key="find_repair_0_3").set_value("tiny_fill").run()
    app.button(key="find_check").click().run()
    assert app.success
    assert len(app.table) == 1
    for look in ("samples", "attention", "probes"):
        app.segmented_control(key="find_look").set_value(look).run()
        assert not app.exception


@pytest.mark.parametrize(("number", "wrong"), [(1, "✗✓✓✓✗"), (2, "✓✓✓✓✓"), (4, "✓✗✗✗✓")])
def test_the_probe_of_a_suspect_says_where_and_never_its_name(open_page, number, wrong):
    app = open_page("find", suspect=str(number), find_look="probe")
    assert not app.exception
    titles = app.segmented_control(key="find_probe").options
    assert "".join(title[0] for title in titles) == wrong
    shown = str(grid(app, "probe_grid_future")["frames"]) + app.table[0].value.to_csv()
    assert "decoder layer 0, self-attention" in shown
    for name in (*suspects(), *(model.__name__ for model in MODELS.values() if model is not Transformer)):
        assert name == "none" or name not in shown


def test_the_cheat_sheet_is_checked_against_the_pass_in_both_languages(open_page):
    for lang in ("en", "zh"):
        app = open_page("cheatsheet", lang=lang)
        assert not app.exception
        text = "".join(table.value.to_csv() for table in app.table)
        assert "✗" not in text
        assert text.count("✓") == 7


def test_who_comes_back_days_later_is_asked_again(open_page, monkeypatch):
    week = time.time() - 7.5 * 24 * 3600
    brought = {"find": {"no_causal_mask": [True, week], "tiny_fill": [False, week], "nonsense": [1, 2]}}
    monkeypatch.setattr("ui.kept.value", brought.get)
    app = open_page("find", lang="en")
    assert any("7 days ago you judged 2 of these models and found 1." in one.value for one in app.info)
    app.button(key="find_again").click().run()
    assert app.session_state["find_seed"] > 0
    assert not any("days ago" in one.value for one in app.info)
