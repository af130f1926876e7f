"""Settings live in the session and in the URL, and agree."""

from tests.pages.conftest import PAGES


def test_a_changed_setting_is_in_the_address_and_a_default_is_not(open_page):
    app = open_page("encoding")
    assert "dim" not in app.query_params
    app.slider(key="dim").set_value(8).run()
    assert app.query_params["dim"] == "8"


def test_an_address_that_names_a_setting_of_a_page_puts_its_others_to_their_defaults(open_page):
    app = open_page("encoding", dim="8", length="20")
    app.switch_page(PAGES["decoding"]).run()
    app.query_params["dim"] = "16"
    app.switch_page(PAGES["encoding"]).run()
    assert (app.session_state["dim"], app.session_state["length"]) == (16, 50)


def test_an_address_that_names_none_keeps_what_was_set(open_page):
    app = open_page("encoding", dim="8")
    app.switch_page(PAGES["decoding"]).run()
    app.query_params.clear()
    app.switch_page(PAGES["encoding"]).run()
    assert app.session_state["dim"] == 8


def test_a_click_that_carries_an_address_of_before_changes_nothing_else(open_page):
    app = open_page("encoding", dim="8")
    app.query_params.clear()
    app.query_params["length"] = "20"
    app.slider(key="position").set_value(3).run()
    assert (app.session_state["dim"], app.session_state["length"]) == (8, 50)


def test_values_that_a_setting_cannot_have_are_ignored(open_page):
    app = open_page("encoding", dim="0", length="1e9", base="7", position="-1", tokens="x" * 5000)
    shown = {name: app.session_state[name] for name in ("dim", "length", "base", "position", "tokens")}
    assert shown == {"dim": 64, "length": 50, "base": 10000, "position": 10, "tokens": "5 3 9 1 1"}


def test_the_browsers_language_is_the_default_and_is_not_in_the_address(open_page):
    assert "lang" not in open_page("encoding").query_params
    assert "lang" not in open_page("encoding", lang="en").query_params
    assert open_page("encoding", lang="zh").query_params["lang"] == "zh"
