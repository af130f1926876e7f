"""Inside the model: every part opens, and every question is answered where the index says."""

import pytest

from ui.questions import questions

PARTS = ["src", "encoder.position", "encoder.0.norm1", "decoder.0.cross_attention", "probabilities"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_kind_of_part_opens(open_page, part, lang):
    app = open_page("inside", part=part, lang=lang)
    assert not app.exception
    assert not app.warning
    assert app.session_state["part"] == part


def test_next_part_leads_through_the_whole_model(open_page):
    app = open_page("inside")
    seen = [app.session_state["part"]]
    while True:
        following = next(button for button in app.button if button.label == "Next part")
        if following.disabled:
            break
        following.click().run()
        assert not app.exception
        seen.append(app.session_state["part"])
    assert seen[0] == "src"
    assert seen[-1] == "probabilities"
    assert len(seen) == len(set(seen)) == 19


@pytest.mark.parametrize("section", ["serial", "batch"])
def test_the_other_sections_open(open_page, section):
    app = open_page("inside", inside=section)
    assert not app.exception
    assert not app.warning


@pytest.mark.parametrize("nonsense", [{"part": "<b>"}, {"part_layer": "99"}, {"part_step": "99"}])
def test_nonsense_opens_something_that_is_there(open_page, nonsense):
    assert not open_page("inside", **nonsense).exception


def test_an_input_that_cannot_be_read_is_answered_by_a_sentence(open_page):
    app = open_page("inside", sentences="5 x 3")
    assert not app.exception
    assert "x" in app.warning[0].value


def test_keys_of_questions_are_unique():
    keys = [question.key for question in questions()]
    assert len(keys) == len(set(keys))
