"""Settings in the session and in the URL agree."""

import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import PAGES
from ui import address


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


def test_going_back_to_an_address_that_names_nothing_is_going_back_to_the_defaults(open_page, monkeypatch):
    app = open_page("decoding", section="cache")
    app.query_params.clear()
    monkeypatch.setattr("ui.streamlit_internals.is_history_navigation", lambda: True)
    app.run()
    assert app.session_state["section"] == "walk"


def test_a_click_that_carries_an_address_of_before_changes_nothing_else(open_page):
    app = open_page("encoding", dim="8")
    app.query_params.clear()
    app.query_params["length"] = "20"
    app.multiselect(key="pe_waves_choice").set_value([3]).run()
    assert (app.session_state["dim"], app.session_state["length"]) == (8, 50)


def test_values_that_a_setting_cannot_have_are_ignored(open_page):
    app = open_page("encoding", dim="0", length="1e9", base="7", position="-1", tokens="x" * 5000)
    shown = {name: app.session_state[name] for name in ("dim", "length", "base", "position", "tokens")}
    assert shown == {"dim": 64, "length": 50, "base": 10000, "position": 10, "tokens": "5 3 9 1 1"}


def test_the_browsers_language_is_the_default_and_is_not_in_the_address(open_page):
    assert "lang" not in open_page("encoding").query_params
    assert "lang" not in open_page("encoding", lang="en").query_params
    assert open_page("encoding", lang="zh").query_params["lang"] == "zh"


def test_settings_wait_while_another_page_is_on_screen(open_page):
    app = open_page("laboratory", lab_mask="causal")
    app.switch_page(PAGES["questions"]).run()
    assert "lab_mask" not in app.session_state  # each key makes every widget slower
    app.switch_page(PAGES["laboratory"]).run()
    assert app.session_state["lab_mask"] == "causal"


def test_a_label_in_another_language_is_no_choice():
    def script():
        import streamlit as st

        from ui.state import Laboratory, Questions

        st.session_state["lab_mask"] = "因果"  # sent by a browser that had not drawn the English list yet
        st.session_state["search"] = "x" * 500  # any text is kept; pages report what is too long
        st.text(Laboratory.mask.value)
        st.text(len(Questions.search.value))

    app = AppTest.from_function(script).run(timeout=60)
    assert [text.value for text in app.text] == ["own", "500"]


def test_a_label_in_the_language_before_is_the_choice_that_was_shown(open_page):
    app = open_page("laboratory", lab_mask="window")
    [mask] = [one for one in app._tree.get_widget_states().widgets if "lab_mask" in one.id]
    app.session_state["lang"] = "zh"
    app.run()
    app._run(WidgetStates(widgets=[mask]))
    assert app.session_state["lab_mask"] == "window"


def test_a_run_that_is_stopped_while_it_reads_the_address_loses_nothing_of_it(open_page, monkeypatch):
    read, stops = address._read, iter([True])

    def stopped_once(query):
        if "presenter" in query and next(stops, False):
            st.rerun()  # what Streamlit does when the browser asks for another run
        return read(query)

    monkeypatch.setattr(address, "_read", stopped_once)
    app = open_page("encoding", presenter="1", dim="8")
    assert next(stops, "stopped") == "stopped"
    assert (app.session_state["presenter"], app.session_state["dim"]) == (True, 8)
