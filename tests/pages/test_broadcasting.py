"""The mask broadcasting page: what is typed reaches the model, what cannot be read is said."""

import pytest

NONSENSE = ["", "abc", "5 3 x", "\n\n", "1\n2\n3\n4\n5", "7 " * 100, "<script>alert(1)</script>", "９ ８"]


@pytest.mark.parametrize("text", NONSENSE)
def test_what_cannot_be_read_is_answered_by_a_sentence(open_page, text):
    app = open_page("broadcasting", **{"from": "model"})
    app.text_area(key="inputs").set_value(text).run()
    assert not app.exception
    assert bool(app.warning) == (text != "９ ８")


@pytest.mark.parametrize("attention", ["encoder", "self", "cross"])
def test_all_attentions_of_the_model_can_be_shown(open_page, attention):
    app = open_page("broadcasting", **{"from": "model", "attention": attention, "mask_layer": "2"})
    assert not app.exception
    assert not app.warning


def test_reset_puts_the_controls_back(open_page):
    app = open_page("broadcasting", fill="1e-20", mask="both")
    assert app.session_state["fill"] == "1e-20"
    next(button for button in app.button if button.label == "Reset").click().run()
    assert app.session_state["fill"] == "-inf"
    assert app.session_state["mask"] == "padding"
