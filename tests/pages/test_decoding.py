"""The decoding page: the shipped models answer typed inputs, and unreadable ones get a message."""

import math

import pytest

from tests.pages.conftest import captions, follow, grid, model_choice

WALK = "decoding_grid"


def written(app) -> str:
    """What the walk has written at its end, without EOS and PAD."""
    strip = dict(grid(app, WALK)["frames"][-1]["tokens"])["and writes"]
    words = [token["text"] for token in strip]
    return " ".join(words[: words.index("EOS")] if "EOS" in words else words)


def verdict(app) -> str:
    return captions(app, WALK)[-1]


@pytest.mark.parametrize(
    ("model", "typed", "answer"),
    [
        ("sort", "9 9 8 1", "1 8 9 9"),
        ("reverse", "531", "1 3 5"),
        ("copy", "0 7 0", "0 7 0"),
        ("sort", "4", "4"),
    ],
)
def test_the_shipped_models_answer(open_page, model, typed, answer):
    app = open_page("decoding", model=model)
    app.text_area(key="input").set_value(typed).run()
    assert not app.exception
    assert written(app) == answer
    assert "The answer is right" in verdict(app)


@pytest.mark.parametrize("text", ["", "   ", "a b", "1" * 65, "*bold*", "5 3 [x](http://x)"])
def test_what_cannot_be_read_is_answered_by_a_sentence(open_page, text):
    app = open_page("decoding")
    app.text_area(key="input").set_value(text).run()
    assert not app.exception
    assert app.warning


def test_random_input_is_one_the_model_can_read(open_page):
    app = open_page("decoding")
    before = app.session_state["input"]
    for _ in range(3):
        next(button for button in app.button if button.label == "Random input").click().run()
        assert not app.exception
        assert not app.warning
    assert app.session_state["input"] != before


def test_an_input_longer_than_training_showed_is_decoded_all_the_same(open_page):
    app = open_page("decoding", input="9" * 40)
    assert not app.exception
    assert "The answer is" in verdict(app)


def test_right_or_wrong_is_said_at_the_last_step_or_on_demand(open_page):
    def judged(app):
        frames = grid(app, WALK)["frames"]
        strips = [dict(frame["tokens"])["and writes"] for frame in frames]
        return [any(token.get("kind") in ("right", "wrong") for token in strip) for strip in strips]

    app = open_page("decoding", input="3 1 2")
    assert judged(app) == [False, False, False, True]
    assert ["right" in caption for caption in captions(app, WALK)] == [False, False, False, True]
    assert not any("1 2 3" in element.value for element in (*app.success, *app.info, *app.text))
    app.toggle(key="judged").set_value(True).run()
    assert all(judged(app))


def test_a_suggestion_sets_the_page(open_page):
    app = follow(open_page("decoding", step="3"), "Digits that repeat")
    assert (app.session_state["input"], app.query_params.get("step")) == ("9 9 8 1", None)
    app = follow(app, "The reverse model")
    assert app.session_state["model"] == "reverse"
    assert written(app) == "1 8 9 9"


def test_a_batch_says_which_answers_are_right(open_page):
    app = open_page("decoding", input="5 3\n" + "9 8 " * 20)
    assert not app.exception
    assert "1 of 2" in verdict(app)
    app.session_state["decoding_answers"] = True
    app.run()
    table = app.dataframe[0].value
    assert next(iter(table["answer"])) == "3 5"
    right, wrong = table["first wrong step"]
    assert right == "–"
    assert int(wrong) > 1


def test_a_model_of_another_task_is_chosen_here_and_in_the_sidebar_alike(open_page):
    app = open_page("decoding", input="5 3 1")
    app.selectbox(key="decoding_shipped").set_value("reverse").run()
    assert app.session_state["model"] == "reverse"
    assert written(app) == "1 3 5"
    model_choice(app).set_value("copy").run()
    assert app.session_state["decoding_shipped"] == "copy"
    assert written(app) == "5 3 1"


def test_an_answer_nobody_knows_is_neither_right_nor_wrong(open_page, monkeypatch):
    monkeypatch.setattr("transformer.tasks.Sort.answer", lambda self, source: None)
    app = open_page("decoding", input="5 3")
    assert not app.exception
    assert "No right answer is known." in verdict(app)
    assert written(app) == "3 5"
    app.text_area(key="input").set_value("5 3\n1 2").run()
    app.session_state["decoding_answers"] = True
    app.run()
    assert not app.exception
    assert list(app.dataframe[0].value["expected"]) == ["not known", "not known"]


def test_sampling_follows_its_seed_and_greedy_needs_none(open_page):
    def answers(**query):
        app = open_page("decoding", input="5 3 9 1", temperature="3.0", **query)
        assert not app.exception
        return written(app)

    assert answers(choice="sample", seed="1") == answers(choice="sample", seed="1")
    assert len({answers(choice="sample", seed=str(seed)) for seed in range(5)}) > 1
    assert answers(seed="1") == "1 3 5 9"
    assert answers(choice="sample", top_k="1") == "1 3 5 9"


@pytest.mark.parametrize("count", [1, 3, 8])
def test_as_many_inputs_are_drawn_as_asked_for(open_page, count):
    app = open_page("decoding", random=str(count))
    next(button for button in app.button if button.label == "Random input").click().run()
    assert len(app.session_state["input"].splitlines()) == count
    assert not app.exception


def test_the_probability_of_the_answer_is_the_product_of_its_steps(open_page):
    app = open_page("decoding", input="5 3 9")
    sums = next(block.value for block in app.code if " × " in block.value)
    factors, product = sums.split(" ≈ ")
    numbers = [float(factor) for factor in factors.split(" × ")]
    assert len(numbers) == 4
    assert math.prod(numbers) == pytest.approx(float(product), abs=1e-3)


def products(app):
    return [float(block.value.split(" ≈ ")[1]) for block in app.code if " × " in block.value]


def test_what_the_model_gives_a_sampled_answer_is_told_from_the_chance_that_it_is_drawn(open_page):
    query = {"input": "5 3 9", "temperature": "3.0", "top_k": "4", "seed": "2"}
    given, drawn = products(open_page("decoding", choice="sample", **query))
    table = open_page("decoding", section="strategies", **query).dataframe[0].value
    assert given == pytest.approx(float(table["the model's probability"][1]), rel=1e-2)
    assert given != pytest.approx(drawn, rel=0.1)
    assert len(products(open_page("decoding", **query))) == 1


@pytest.mark.parametrize(
    "query",
    [
        {"head": "decoder.cross.9.9"},
        {"head": "nothing.0.0"},
        {"head": "decoder.self.average.1.0", "show": "decoder.self"},
        {"step": "900", "sequence": "7"},
        {"top_k": "4096", "choice": "sample"},
    ],
)
def test_a_link_that_asks_for_too_much_opens_all_the_same(open_page, query):
    app = open_page("decoding", **query)
    assert not app.exception
    assert "The answer is" in verdict(app)


@pytest.mark.parametrize("section", ["walk", "teacher", "what_if"])
def test_the_address_names_the_step_that_is_shown(open_page, section):
    app = open_page("decoding", section=section, input="5 3 9 1 1", step="999").run()
    assert app.query_params["step"] == "5"
    app.text_area(key="input").set_value("7 2").run()
    assert app.query_params["step"] == "2"


def test_the_address_names_the_step_of_the_cache_that_is_shown(open_page):
    app = open_page("decoding", section="cache", input="5 3 9 1 1", cache_step="999").run()
    assert app.query_params["cache_step"] == "5"


@pytest.mark.parametrize(
    ("query", "stays"),
    [
        ({"head": "decoder.cross.2.3"}, True),
        ({"head": "decoder.cross.9.9"}, False),
        ({"head": "decoder.cross.2.3", "show": "encoder.self"}, False),
    ],
)
def test_the_address_names_a_head_only_if_it_is_shown(open_page, query, stays):
    app = open_page("decoding", **query).run()
    assert ("head" in app.query_params) == stays
