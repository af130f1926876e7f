"""Accuracy on the decoding page: random inputs, the wrong answers, and opening one in the walk."""

import json

import pytest

from tests.pages.conftest import follow, grid
from transformer import shipped_checkpoint
from transformer.experiments.accuracy import answer_all, longer_digits, random_sources, score
from transformer.tasks import held_out_mixture
from ui.decoding.accuracy import LISTED


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def test_the_figures_are_those_of_the_answers(open_page):
    app = open_page("decoding", section="accuracy", accuracy_seed="7")
    assert not app.exception
    checkpoint = shipped_checkpoint("sort")
    answers = answer_all(checkpoint.model, checkpoint.task, random_sources(checkpoint.task, 100, 7))
    assert metrics(app)["Exactly right, as in training"] == f"{score(answers).exact_match:.1%}"
    held_out = sum(answer.held_out for answer in answers)
    assert metrics(app)["Held-out inputs among them"] == f"{held_out} / 100"
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert sum(chart["data"][0]["customdata"]) == 100


def test_a_wrong_answer_is_stepped_through_in_the_walk(open_page):
    app = open_page("decoding", section="accuracy", longer="1")
    assert not app.exception
    checkpoint = shipped_checkpoint("sort")
    answers = answer_all(checkpoint.model, checkpoint.task, longer_digits(checkpoint.task, 100, 0, 24))
    wrong = [answer for answer in answers if not answer.is_right]
    frames = grid(app, "wrong_grid")["frames"]
    assert len(frames) == min(len(wrong), LISTED)
    assert any(f"of {len(wrong)} wrong answers" in caption.value for caption in app.caption)
    app.session_state["wrong_answer"] = 1
    app.run()
    next(button for button in app.button if button.label == "Step through it").click().run()
    assert not app.exception
    typed = app.text_area(key="input").value
    assert typed == " ".join(checkpoint.task.src_vocabulary.labels(wrong[1].source))
    assert app.session_state["section"] == "walk"
    assert app.session_state["step"] == wrong[1].first_wrong
    assert app.session_state["judged"], "else one would not see what is wrong"


def test_the_wrong_answer_on_screen_may_be_gone_with_other_inputs(open_page):
    app = open_page("decoding", section="accuracy")
    assert any("None of these answers is wrong" in element.value for element in app.markdown)
    follow(app, "Add longer inputs")
    app.session_state["wrong_answer"] = 49
    app.run()
    assert grid(app, "wrong_grid")["options"]["start"] == 49
    app.toggle(key="longer").set_value(False).run()
    assert not app.exception


def test_other_inputs_are_drawn_from_the_next_seed(open_page):
    app = open_page("decoding", section="accuracy", accuracy_seed=str(2**32 - 2))
    for expected in (2**32 - 1, 2**32 - 1):
        next(button for button in app.button if button.label == "Other inputs").click().run()
        assert not app.exception
        assert app.number_input(key="accuracy_seed").value == expected


@pytest.mark.parametrize("model", ["reverse", "copy"])
def test_every_shipped_model(open_page, model):
    app = open_page("decoding", section="accuracy", model=model, accuracy_inputs="200", longer="1")
    assert not app.exception
    assert "/ 200" in metrics(app)["Held-out inputs among them"]


def test_inputs_of_the_page_that_cannot_be_read_do_not_matter(open_page):
    app = open_page("decoding", section="accuracy", input="abc")
    assert not app.exception
    assert not app.warning
    assert "Exactly right, as in training" in metrics(app)


def test_nonsense_in_the_url_and_no_seed(open_page):
    app = open_page("decoding", section="accuracy", accuracy_inputs="7", accuracy_seed="-1", longer="maybe")
    assert not app.exception
    app.number_input(key="accuracy_seed").set_value(None).run()
    assert not app.exception


def test_held_out_inputs_alone_are_those_that_training_measures_on(open_page):
    app = open_page("decoding", section="accuracy", accuracy_from="held_out", model="words")
    assert not app.exception
    checkpoint = shipped_checkpoint("words")
    answers = answer_all(checkpoint.model, checkpoint.task, held_out_mixture(checkpoint.task, 100))
    assert metrics(app)["Exactly right, held out"] == f"{score(answers).exact_match:.1%}"
    assert metrics(app)["Held-out inputs among them"] == "100 / 100"
    assert app.number_input(key="accuracy_seed").disabled, "they are always the same"
