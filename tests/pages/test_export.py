"""Each section of the decoding page that shows a grid can be exported."""

import pytest

SECTIONS = {
    "walk": (4, "walk"),
    "strategies": (2, "strategies"),
    "teacher": (4, "teacher"),
    "what_if": (4, "what-if"),
    "cache": (2, "cache"),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_the_box_holds_files_and_lines_when_it_is_opened(open_page, section):
    files, name = SECTIONS[section]
    app = open_page("decoding", section=section)
    assert not app.get("download_button"), "packed before anybody asked for it"
    app.session_state[f"export_{name}"] = True
    app.run()
    assert not app.exception
    assert len(app.get("download_button")) == files
    assert any("from transformer import" in block.value for block in app.code)


def test_the_lines_load_the_model_that_takes_the_place_of_one_that_is_not_there(open_page):
    app = open_page("decoding", model="nope")
    app.session_state["export_walk"] = True
    app.run()
    assert any('shipped_checkpoint("sort")' in block.value for block in app.code)


@pytest.mark.parametrize("section", SECTIONS)
def test_the_lines_are_those_of_the_input_and_the_model_on_screen(open_page, section):
    _, name = SECTIONS[section]
    app = open_page("decoding", section=section, model="reverse", input="3 1\n9 8 7", sequence="1")
    app.session_state[f"export_{name}"] = True
    app.run()
    lines = next(block.value for block in app.code if "from transformer import" in block.value)
    assert 'shipped_checkpoint("reverse")' in lines
    assert "'9 8 7'" in lines
