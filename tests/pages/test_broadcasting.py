"""The mask broadcasting page: typed text reaches the model, and unreadable text gets a message."""

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


LESSONS = [
    *({"mask": mask} for mask in ("padding", "causal", "both", "cross")),
    *({"from": "pytorch", "argument": mask} for mask in ("key_padding_mask", "attn_mask", "attn_mask_3d")),
    *({"from": lesson} for lesson in ("model", "sum", "product", "shapes", "broken")),
    *(
        {"from": "broken", "case": case}
        for case in ("once", "twice", "sizes", "float", "add", "fill", "write", "zero")
    ),
]


@pytest.mark.parametrize("settings", LESSONS, ids=lambda settings: "-".join(settings.values()))
def test_every_lesson_opens_by_its_address(open_page, settings):
    app = open_page("broadcasting", mask_step="3", **settings)
    assert not app.exception
    assert {key: app.session_state[key] for key in settings} == settings


SHAPES = [
    "",
    "[]",
    "abc",
    "0",
    "-3 2",
    "2 2.5",
    "1 " * 20,
    "9" * 10_000,
    "1e9",
    "999999 999999",
    "💥",
    "![x](http://example.org/x.png)",
    "٣ ٤",
]


@pytest.mark.parametrize("text", SHAPES, ids=lambda text: ascii(text[:12]))
@pytest.mark.parametrize("operation", ["+", "masked_fill"])
def test_shapes_that_cannot_be_read_are_answered_by_a_sentence(open_page, text, operation):
    app = open_page("broadcasting", **{"from": "shapes", "operation": operation})
    app.text_input(key="a").set_value(text).run()
    assert not app.exception
    assert bool(app.warning) == (text != "٣ ٤")


def test_ten_thousand_tokens_are_answered_by_a_sentence(open_page):
    app = open_page("broadcasting", **{"from": "model", "inputs": "7 " * 900})
    assert not app.exception
    assert app.warning
    app.text_area(key="inputs").set_value("7 " * 5000).run()
    assert not app.exception
    assert app.warning


def test_a_mistake_shows_what_pytorch_raised(open_page):
    app = open_page("broadcasting", **{"from": "broken", "case": "once", "case_B": "3"})
    assert any("RuntimeError: The size of tensor" in code.value for code in app.code)
    app.number_input(key="case_B").set_value(2).run()
    assert not any("RuntimeError" in code.value for code in app.code)
    assert "10 of 100" in app.error[0].value


def test_a_link_with_shapes_that_cannot_be_read_leaves_the_rest_of_the_page(open_page):
    app = open_page("broadcasting", **{"from": "shapes", "a": "", "b": "2"})
    assert [one.value for one in app.warning]
    assert any("What to notice" in one.value for one in app.markdown)


def leak(app):
    """The leak that the row of controls reports."""
    said = next(one.value for one in app.markdown if one.value.startswith("leak: "))
    return float(said.split("**")[1])


@pytest.mark.parametrize("by_link", [False, True])
def test_the_fill_value_1e_20_opens_on_scores_that_show_its_leak(open_page, by_link):
    app = open_page("broadcasting", **({"fill": "1e-20"} if by_link else {}))
    if not by_link:
        assert leak(app) == 0
        assert not app.toggle(key="real").value
        app.session_state["fill"] = "1e-20"
        app.run()
    assert app.toggle(key="real_leak").value
    assert leak(app) > 0.2
    app.toggle(key="real_leak").set_value(False).run()
    assert leak(app) < 1e-3
    app.session_state["fill"] = "-inf"
    app.run()
    assert leak(app) == 0
    assert not app.toggle(key="real").value
