"""What if on the decoding page: alterations are added, listed, combined, undone, and live in the URL."""

import pytest

from tests.pages.conftest import captions, follow, grid

GRID = "what_if_grid"


def written(app):
    """What the altered run writes."""
    return [token["text"] for token in dict(grid(app, GRID)["frames"][-1]["tokens"])["altered"]]


def button(app, label):
    return next(button for button in app.button if button.label == label)


def select(app, label, value):
    next(box for box in app.selectbox if box.label == label).set_value(value).run()


def listed(app):
    return [button.label.replace("\\", "") for button in app.button if (button.key or "").startswith("undo_")]


def test_a_forced_token_is_where_the_runs_part_and_can_be_undone(open_page):
    app = open_page("decoding", section="what_if")
    select(app, "At step", 1)
    select(app, "write", 9)
    button(app, "Alter").click().run()
    assert not app.exception
    assert listed(app) == ["step 2: write 6"]
    assert "part at step 2" in captions(app, GRID)[0]
    assert written(app)[:2] == ["1", "6"]
    assert app.query_params["changes"] == "token.1.9"
    app.button(key="undo_0").click().run()
    assert listed(app) == []
    assert "as it is" in captions(app, GRID)[0]
    assert "changes" not in app.query_params


def test_every_kind_of_alteration_can_be_added_and_all_combined(open_page):
    app = open_page("decoding", section="what_if")
    for kind in ("token", "head", "layer", "blank", "drop", "swap"):
        app.selectbox(key="what_if_kind").set_value(kind).run()
        button(app, "Alter").click().run()
        assert not app.exception
        assert button(app, "Alter").disabled
    assert len(listed(app)) == 6
    app.button(key="undo_2").click().run()
    assert len(listed(app)) == 5
    assert "layer" not in app.query_params["changes"]
    button(app, "Undo all").click().run()
    assert listed(app) == []


def test_the_shipped_copy_model_writes_swapped_positions_swapped(open_page):
    app = open_page("decoding", section="what_if", model="copy", changes="swap.encoder.1.2")
    assert written(app) == ["3", "5", "9", "1", "1", "EOS"]


def test_the_head_that_matters_most_is_found(open_page):
    app = open_page("decoding", section="what_if", every_head="1")
    assert not app.exception
    assert app.toggle(key="every_head").value


@pytest.mark.parametrize("watch", ["encoder", "self", "cross"])
@pytest.mark.parametrize(
    "changes",
    ["nonsense", "token.0.4095_head.cross.90.90_layer.decoder.9_blank.900_swap.encoder.1.900", "token.0.0",
     "token.0.2", "token.900.5", "blank.0_blank.1_blank.2_blank.3_blank.4_blank.5_blank.6",
     "layer.encoder.0_layer.encoder.1_layer.encoder.2_layer.decoder.0_layer.decoder.1_layer.decoder.2"],
)  # fmt: skip
def test_no_alteration_breaks_the_page(open_page, changes, watch):
    app = open_page("decoding", section="what_if", changes=changes, watch=watch, step="900")
    assert not app.exception
    assert all(captions(app, GRID))


def test_a_step_that_the_run_does_not_reach(open_page):
    app = open_page("decoding", section="what_if", changes="token.50.4")
    assert listed(app) == ["step 51: write 1 (the run ends before)"]


def test_what_has_no_place_in_the_input_is_said_and_stays(open_page):
    app = open_page("decoding", section="what_if", changes="blank.6", input="4")
    assert "does not fit" in listed(app)[0]
    app.text_area(key="input").set_value("5 3 9 1 1").run()
    assert listed(app) == ["cross-attention cannot see source position 6: EOS"]


@pytest.mark.parametrize("text", ["9" * 64, "1\n2 3\n4"])
def test_long_inputs_and_several(open_page, text):
    app = open_page("decoding", section="what_if", input=text, changes="token.0.5", watch="self")
    assert not app.exception
    assert "part" in captions(app, GRID)[0]


@pytest.mark.parametrize("text", ["a", "[x](y)", "1" * 65])
def test_what_cannot_be_read_is_answered_by_a_sentence(open_page, text):
    app = open_page("decoding", section="what_if", input=text)
    assert not app.exception
    assert app.warning


def test_a_suggestion_alters_the_run(open_page):
    app = follow(open_page("decoding", section="what_if"), "Swap two source positions")
    assert app.query_params["changes"] == "swap.encoder.1.2"
    app = follow(app, "Switch every head off")
    assert grid(app, "importance_grid")
