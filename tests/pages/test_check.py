"""The page that checks masks: every way to enter a mask, the findings about it, and the probe of a model."""

import pytest

from tests.pages.conftest import grid
from transformer.experiments.suspects import suspects
from transformer.probe.mask_input import by_lengths, read_text
from transformer.probe.mask_reading import Sizes, readings
from ui.frames.check_mask import frames
from ui.pages import SETTINGS


def facts(app, step):
    return dict(grid(app, "check_grid")["frames"][step]["facts"])


@pytest.mark.parametrize("recipe", ["causal", "bottom_right", "window", "prefix", "grouped"])
def test_every_recipe_of_sizes(open_page, recipe):
    app = open_page("check", check_recipe=recipe, check_width="2")
    assert not app.exception
    assert facts(app, 1)["rows without a key"] == "0"


def test_what_deserves_a_look_is_marked_in_the_picture_and_named(open_page):
    rows = "110\n110\n000"
    reading = readings(read_text(rows), Sizes(2, 2))[1]
    (keep,) = frames(read_text(rows), reading)[1].tensors
    assert keep.row_labels[0] == keep.column_labels[0] == ("0", "1", "2 ∅")
    assert keep.masked[0, 0].tolist() == [[False, True, True], [False, False, True], [True, True, True]]
    app = open_page("check", check_from="text", check_rows=rows, check_reading="1")
    assert facts(app, 1)["future cells"] == "1: (0, 1)"
    assert facts(app, 1)["rows without a key"] == "1: 2"


def test_sentences_that_differ_are_named_and_shown(open_page):
    app = open_page("check", check_recipe="lengths", check_numbers="5 3 5")
    assert facts(app, 1)["sentences"] == "alike: 0, 2 | 1"
    assert facts(app, 1)["columns never seen"] == "2: (1, 3), (1, 4)"
    (reading, _) = readings(by_lengths([5, 3, 5]), Sizes(3, 2))
    _, apart = frames(by_lengths([5, 3, 5]), reading)[1].tensors
    assert apart.values[0, 0].tolist() == [[False, False, False, True, True]] * 5


def test_documents_and_lengths_are_numbers(open_page):
    app = open_page("check", check_recipe="documents", check_numbers="0 2 5")
    assert facts(app, 0)["shape"].startswith("[1, 1, 5, 5]")
    app.text_input(key="check_numbers").set_value("3 1").run()
    assert not app.exception
    assert "begin with 0" in app.warning[0].value


def test_typed_rows_are_read_and_mistakes_named(open_page):
    app = open_page("check", check_from="text", check_rows="1 1 0\n1 1 1\n1 1 1")
    assert not app.exception
    assert any("one too far" in warning.value for warning in app.warning)


def test_what_is_no_mask_is_a_sentence(open_page):
    app = open_page("check", check_from="text", check_rows="1 seven")
    assert not app.exception
    assert "no cell of a mask" in app.warning[0].value


def test_one_query_over_a_cache(open_page):
    app = open_page("check", check_section="aligned")
    assert not app.exception
    assert any("sees 1 under" in text.value and "16 aligned" in text.value for text in app.markdown)


def test_the_model_is_probed(open_page):
    app = open_page("check", check_section="probe")
    assert not app.exception
    assert "✗" not in app.table[0].value.to_string()
    assert len(grid(app, "probe_grid_future")["frames"]) > 10


def test_a_model_trained_wrong_is_probed_and_the_picture_begins_where_the_fault_does(open_page):
    app = open_page("check", check_section="probe", probe_model="no_causal_mask")
    assert not app.exception
    shown = grid(app, "probe_grid_future")
    begins = shown["frames"][shown["options"]["start"]]
    assert begins["title"] == "decoder layer 0, self-attention"
    assert "✗ wrong" in begins["caption"]
    app.segmented_control(key="probe_check").set_value("pad length").run()
    assert "✓ right" in grid(app, "probe_grid_pad length")["frames"][0]["caption"]


def test_every_model_that_was_trained_with_a_mistake_can_be_probed():
    (parse,) = [setting.parse for setting in SETTINGS if setting.name == "probe_model"]
    assert set(parse.choices) == {"current", *suspects()}
