"""The decoding page: the shipped models answer what is typed, and nonsense gets a sentence."""

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
