"""The page that checks masks: every way to give one, what is said of it, and the model probed."""

import pytest

from tests.pages.conftest import grid


def facts(app, step):
    return dict(grid(app, "check_grid")["frames"][step]["facts"])


@pytest.mark.parametrize("recipe", ["causal", "bottom_right", "window", "prefix", "grouped"])
def test_every_recipe_of_sizes(open_page, recipe):
    app = open_page("check", check_recipe=recipe, check_width="2")
    assert not app.exception
    assert facts(app, 1)["rows without a key"] == "0"


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
    assert any("sees 1 keys" in text.value and "16 aligned" in text.value for text in app.markdown)


def test_the_model_is_probed(open_page):
    app = open_page("check", check_section="probe")
    assert not app.exception
    assert "leaks" not in app.table[0].value.to_string()
    assert len(grid(app, "probe_grid")["frames"]) > 10
