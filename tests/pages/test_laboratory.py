"""The mask laboratory: every section of every attention, unreadable input, edits kept or dropped."""

import pytest

from tests.pages.test_broadcasting import NONSENSE
from transformer import limits
from transformer.experiments.mask_interventions import MASK_KINDS
from transformer.model.places import Attention

SECTIONS = ["effect", "leak", "fill", "conventions", "padding"]


def button(app, label):
    return next(item for item in app.button if item.label == label)


def look_through(app):
    """Opens all sections, one after the other."""
    for section in SECTIONS:
        app.session_state["lab_section"] = section
        app.run()
        assert not app.exception
        assert not app.warning
        assert app.subheader


@pytest.mark.parametrize("attention", list(Attention))
@pytest.mark.parametrize("text", ["5 3 9 1 1\n7 2 8", "4"])
def test_every_section_of_every_attention(open_page, attention, text):
    more = {"lab_layer": "1", "lab_head": "2"} if text == "4" else {}
    look_through(open_page("laboratory", lab_attention=attention, lab_inputs=text, **more))


@pytest.mark.parametrize("kind", MASK_KINDS)
def test_every_mask_with_everything_wrong_about_it(open_page, kind):
    wrong = {"lab_inverted": "1", "lab_rows": "1", "lab_plain": "1", "lab_attention": "encoder"}
    look_through(open_page("laboratory", lab_mask=kind, **wrong))


@pytest.mark.parametrize("text", [*NONSENSE, "9" * 25, "1" * 10_000, "𝟗 \u202e 3"])
def test_what_cannot_be_read_is_answered_by_a_sentence(open_page, text):
    app = open_page("laboratory")
    app.text_area(key="lab_inputs").set_value(text[:500]).run()
    assert not app.exception
    assert bool(app.warning) == (text not in ("９ ８",))


def test_nonsense_in_the_address(open_page):
    nonsense = {
        "lab_attention": "x",
        "lab_layer": "77",
        "lab_head": "-1",
        "lab_mask": "<b>",
        "lab_width": "1e9",
        "lab_cells": "0.0-999.fffff_;",
        "lab_section": "leak",
        "lab_probe": "source.99.99",
        "lab_token": "4000",
        "lab_step": "9999",
        "lab_convention": "9",
    }
    app = open_page("laboratory", **nonsense)
    assert not app.exception
    assert not app.warning
    assert app.session_state["lab_layer"] == "all"
    assert app.session_state["lab_cells"] == ""
    assert app.session_state["lab_probe"] == "source.1.5"


def test_edits_stay_where_they_fit_and_are_dropped_elsewhere(open_page):
    app = open_page("laboratory", lab_cells="0.0.1_1.5.40")
    assert app.session_state["lab_cells"] == "0.0.1_1.5.40"
    app.text_area(key="lab_inputs").set_value("5 3 9 1 1").run()
    assert app.session_state["lab_cells"] == "0.0.1"
    assert not app.exception


def test_undo_redo_and_the_own_mask(open_page):
    app = open_page("laboratory")
    assert button(app, "Undo").disabled
    app.toggle(key="lab_inverted").set_value(True).run()
    app.toggle(key="lab_plain").set_value(True).run()
    button(app, "Undo").click().run()
    assert (app.session_state["lab_inverted"], app.session_state["lab_plain"]) == (True, False)
    button(app, "Undo").click().run()
    assert app.session_state["lab_inverted"] is False
    assert button(app, "Undo").disabled
    button(app, "Redo").click().run()
    button(app, "Redo").click().run()
    assert (app.session_state["lab_inverted"], app.session_state["lab_plain"]) == (True, True)
    button(app, "The model's own mask").click().run()
    assert app.session_state["lab_inverted"] is False
    button(app, "Undo").click().run()
    assert app.session_state["lab_inverted"] is True


def test_another_mask_starts_without_the_clicked_cells(open_page):
    app = open_page("laboratory", lab_cells="0.0.1")
    app.selectbox(key="lab_mask").set_value("none").run()
    assert app.session_state["lab_mask"] == "none"
    assert app.session_state["lab_cells"] == ""
    button(app, "Undo").click().run()
    assert app.session_state["lab_cells"] == "0.0.1"


def test_a_right_mask_leaks_exactly_nothing_and_none_does(open_page):
    app = open_page("laboratory", lab_section="leak")
    assert "exactly 0" in app.success[0].value
    app = open_page("laboratory", lab_section="leak", lab_mask="none")
    assert "decoder layer 0, cross-attention" in app.error[0].value


def test_the_code_of_every_convention_runs_as_shown():
    import torch

    from transformer.experiments.torch_masks import smallest
    from ui.frames.laboratory_code import convention_code

    mask = smallest((torch.arange(5) < torch.tensor([3, 5])[:, None, None, None]).expand(2, 4, 3, 5))
    for code in convention_code(mask, (2, 4, 3, 5), 16).values():
        names: dict = {}
        exec(code, names)
        assert torch.equal(names["keep"], mask)
        if "weights" in names and code.count("mha"):
            off = names["weights"].masked_fill(mask[:, 0], 0)
            assert off.abs().max() == 0


@pytest.mark.parametrize("kind", ["rotary", "alibi"])
def test_what_pytorchs_module_cannot_repeat_is_said(open_page, kind):
    query = {"model": f"positions:{kind}-reverse", "lab_section": "conventions"}
    app = open_page("laboratory", lab_attention="encoder", **query)
    assert not app.exception
    assert "knows neither rotary" in app.warning[0].value
    app = open_page("laboratory", lab_attention="cross", **query)
    assert not app.exception
    assert not app.warning


@pytest.mark.parametrize("length", [30, 70])
def test_an_input_that_is_too_long_is_told_the_laboratorys_own_limit(open_page, length):
    app = open_page("laboratory", lab_inputs=" ".join("1" * length))
    assert f"has {length} tokens; at most {limits.MAX_LABORATORY_TOKENS}" in app.warning[0].value


def said_of_the_answers(app):
    return next(
        one.value for one in app.markdown if "answers changed" in one.value or "Nothing changed" in one.value
    )


def test_the_fill_value_changes_the_answers_on_screen(open_page):
    app = open_page("laboratory", lab_attention="self", lab_mask="window")
    assert said_of_the_answers(app).startswith("2 of 2")
    app.selectbox(key="lab_fill").set_value("1e-20").run()
    assert not app.exception
    assert said_of_the_answers(app).startswith("0 of 2")
    app.selectbox(key="lab_fill").set_value("-1e9").run()
    assert said_of_the_answers(app).startswith("2 of 2")
