"""Teacher forcing on the decoding page: the shift, the losses, and the effect of a wrong token."""

import pytest

from tests.pages.conftest import captions, follow
from ui.alterations import write_fed

GRID = "teacher_grid"


def button(app, label):
    return next(button for button in app.button if button.label == label)


def test_a_right_answer_parts_nowhere_and_the_losses_average_to_the_loss_of_training(open_page):
    app = open_page("decoding", section="teacher", input="5 3 9 1 1\n7 2")
    assert not app.exception
    assert all("all 6 positions" in said for said in captions(app, GRID))
    values = {metric.label: metric.value for metric in app.metric}
    assert values["Mean over all 9 real tokens"] == values["What training calls the loss"]
    assert any("3 positions of this batch are PAD" in caption.value for caption in app.caption)


def test_a_wrong_token_fed_is_where_the_two_part(open_page):
    app = open_page("decoding", section="teacher")
    app.selectbox(key="fed_position").set_value(2)
    app.selectbox(key="fed_token").set_value(12).run()
    button(app, "Feed it").click().run()
    assert not app.exception
    assert "part at position 2" in captions(app, GRID)[1]
    assert "Here they part" in captions(app, GRID)[2]
    assert app.query_params["fed"] == "2.12"
    button(app, "Undo all").click().run()
    assert "all 6 positions" in captions(app, GRID)[0]
    assert "fed" not in app.query_params


def test_the_input_that_is_looked_at_is_chosen(open_page):
    app = open_page("decoding", section="teacher", input="5 3 9 1 1\n7 2", sequence="1")
    assert "all 3 positions" in captions(app, GRID)[0]


@pytest.mark.parametrize("fed", ["99.3", "1.4095", "x", "1.12_99.9", "0.0"])
@pytest.mark.parametrize("text", ["4", "9" * 40])
def test_nothing_that_is_fed_breaks_the_page(open_page, fed, text):
    app = open_page("decoding", section="teacher", fed=fed, input=text, step="500", sequence="7")
    assert not app.exception
    assert captions(app, GRID)


def test_a_shorter_input_after_a_longer_one(open_page):
    app = open_page("decoding", section="teacher", fed=write_fed({5: 3}))
    app.selectbox(key="fed_position").set_value(5).run()
    app.text_area(key="input").set_value("4").run()
    assert not app.exception


@pytest.mark.parametrize("text", ["", "a b", "1" * 65, "`5`"])
def test_what_cannot_be_read_is_answered_by_a_sentence(open_page, text):
    app = open_page("decoding", section="teacher", input=text or " ")
    assert not app.exception
    assert app.warning


def test_a_suggestion_feeds_a_wrong_token(open_page):
    app = follow(open_page("decoding", section="teacher"), "Feed a wrong token")
    assert "Here they part" in captions(app, GRID)[1]
    assert app.query_params["step"] == "1"
