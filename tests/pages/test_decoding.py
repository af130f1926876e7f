"""The decoding page: the shipped models answer what is typed, and nonsense gets a sentence."""

import math

import pytest


def code_in(text: str) -> list[str]:
    return [part for index, part in enumerate(text.split("`")) if index % 2]


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
    assert code_in(app.success[0].value) == [answer]


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
    assert app.success or app.error


def test_a_batch_says_which_answers_are_right(open_page):
    app = open_page("decoding", input="5 3\n" + "9 8 " * 20)
    assert not app.exception
    assert "1 of 2" in app.error[0].value
    table = app.dataframe[0].value
    assert next(iter(table["answer"])) == "3 5"
    right, wrong = table["first wrong step"]
    assert right == "–"
    assert int(wrong) > 1


def test_a_model_of_another_task_is_chosen_here_and_in_the_sidebar_alike(open_page):
    app = open_page("decoding", input="5 3 1")
    app.button_group(key="decoding_shipped").set_value("reverse").run()
    assert app.session_state["model"] == "reverse"
    assert code_in(app.success[0].value) == ["1 3 5"]
    app.selectbox(key="model").set_value("copy").run()
    assert app.session_state["decoding_shipped"] == "copy"
    assert code_in(app.success[0].value) == ["5 3 1"]


def test_an_answer_nobody_knows_is_neither_right_nor_wrong(open_page, monkeypatch):
    monkeypatch.setattr("transformer.tasks.Sort.answer", lambda self, source: None)
    app = open_page("decoding", input="5 3")
    assert not app.exception
    assert not (app.success)
    assert not (app.error)
    assert code_in(app.info[0].value) == ["3 5"]
    app.text_area(key="input").set_value("5 3\n1 2").run()
    assert not app.exception
    assert list(app.dataframe[0].value["expected"]) == ["not known", "not known"]


def test_sampling_follows_its_seed_and_greedy_needs_none(open_page):
    def answers(**query):
        app = open_page("decoding", input="5 3 9 1", temperature="3.0", **query)
        assert not app.exception
        return code_in((app.success or app.error)[0].value)[0]

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
    assert app.success


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
