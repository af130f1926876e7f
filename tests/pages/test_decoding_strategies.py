"""The sections of the decoding page that compare: strategies and the cache."""

import json

import pytest

from tests.pages.conftest import captions


def table(app, column):
    """The table that has this column, as a mapping of its columns."""
    return next(frame.value for frame in app.dataframe if column in frame.value.columns)


def test_the_three_strategies_answer_the_same_input(open_page):
    app = open_page("decoding", section="strategies", input="9 9 8 1")
    assert not app.exception
    answers = table(app, "strategy")
    assert list(answers["strategy"]) == ["greedy", "sampling", "beam search"]
    assert answers["answer"][0] == "1 8 9 9"
    assert answers["differs from greedy"][0] == "no"
    tree = json.loads(app.get("plotly_chart")[0].proto.spec)
    drawn = {trace["name"]: trace["text"] for trace in tree["data"] if trace.get("mode") == "markers+text"}
    assert drawn["followed"][0] == "<b>SOS</b>"
    assert "<b>EOS</b>" in drawn["finished"]
    assert drawn["pruned"]


@pytest.mark.parametrize("model", ["sort", "reverse", "copy"])
def test_it_opens_on_an_input_that_the_strategies_answer_differently(open_page, model):
    app = open_page("decoding", section="strategies", model=model)
    assert not app.exception
    assert len(set(table(app, "strategy")["answer"])) == 3
    found = app.text_area(key="input").value
    assert table(open_page("decoding", section="strategies", model=model), "strategy").equals(
        table(app, "strategy")
    )
    app.button_group(key="section").set_value("walk").run()
    assert app.text_area(key="input").value == "5 3 9 1 1" != found


def test_what_somebody_typed_stays_even_if_it_is_the_example(open_page):
    app = open_page("decoding", section="strategies")
    app.text_area(key="input").set_value("5 3 9 1 1").run()
    assert app.text_area(key="input").value == "5 3 9 1 1"
    app.text_area(key="input").set_value("3 1").run()
    for section in ("walk", "strategies"):
        app.button_group(key="section").set_value(section).run()
        assert app.text_area(key="input").value == "3 1"


def test_a_hot_sample_parts_from_greedy_and_beam_width_1_does_not(open_page):
    app = open_page("decoding", section="strategies", temperature="3.0", beam="1", seed="1")
    answers = table(app, "strategy")
    assert answers["differs from greedy"][1].startswith("from step")
    assert float(answers["log-probability"][1]) < float(answers["log-probability"][0])
    assert answers["differs from greedy"][2] == "no"
    assert answers["log-probability"][2] == answers["log-probability"][0]


def test_the_length_penalty_divides_the_scores(open_page):
    app = open_page("decoding", section="strategies", length_penalty="1.5")
    finished = table(app, "score")
    columns = ("length", "log-probability", "divided by", "score")
    for length, total, divisor, score in zip(*(finished[column] for column in columns), strict=True):
        assert float(divisor) == pytest.approx(((5 + length) / 6) ** 1.5, abs=1e-4)
        assert float(score) == pytest.approx(float(total) / float(divisor), abs=1e-3)
    assert finished["the answer"][0] == "yes"


def test_one_of_several_inputs_is_chosen(open_page):
    app = open_page("decoding", section="strategies", input="3 1\n9 8 7", sequence="1")
    assert not app.exception
    assert table(app, "strategy")["answer"][0] == "7 8 9"


@pytest.mark.parametrize("section", ["strategies", "cache"])
def test_nonsense_and_other_models_are_answered_by_a_sentence(open_page, section):
    app = open_page("decoding", section=section, input="a b")
    assert not app.exception
    assert app.warning
    app.text_area(key="input").set_value("3 1").run()
    assert not app.exception
    assert not app.warning


def test_the_cache_writes_the_same_tokens_and_is_measured_on_a_click(open_page, monkeypatch):
    monkeypatch.setattr("ui.decoding.cache.LENGTHS", (4, 8))
    app = open_page("decoding", section="cache", input="9 9 8 1")
    assert not app.exception
    assert all("the same 5 tokens" in caption for caption in captions(app, "cache_grid"))
    assert not app.get("plotly_chart")
    next(button for button in app.button if button.label.startswith("Measure")).click().run()
    assert not app.exception
    chart = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [trace["name"] for trace in chart["data"]] == ["with the cache", "without"]
    assert any("the same 8 tokens" in text.value for text in app.text)
    app.text_area(key="input").set_value("3 1").run()
    assert not app.get("plotly_chart"), "another input was not measured yet"


def test_a_case_is_shown_in_which_a_narrow_beam_loses_even_to_greedy(open_page):
    app = open_page("decoding", section="strategies")
    app.session_state["astray"] = True
    app.run()
    found = next(frame.value for frame in app.dataframe if "Beam width" in frame.value)
    probabilities = [float(value) for value in found["probability"]]
    assert probabilities[1] < probabilities[0] == probabilities[2]
    assert found["answer"].iloc[0] == "A EOS"
