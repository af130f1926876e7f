"""The app reports at its start what has changed inside Streamlit."""

import logging

import pytest
import streamlit
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from ui.streamlit_internals import expected, styled


def test_all_that_the_app_relies_on_is_there(caplog):
    expected.check()
    assert not caplog.records
    assert streamlit.__version__ == expected.MADE_FOR


def test_another_version_is_told_and_runs(monkeypatch, caplog):
    monkeypatch.setattr(streamlit, "__version__", "1.99.0")
    with caplog.at_level(logging.WARNING):
        expected.check()
    assert "made for Streamlit 1.67.0, and 1.99.0 is installed. All that the app relies on" in caplog.text


def refusal() -> str:
    with pytest.raises(expected.StreamlitChangedError) as refused:
        expected.check()
    return str(refused.value)


def test_a_function_with_other_parameters_is_named(monkeypatch):
    monkeypatch.setattr(streamlit, "__version__", "1.99.0")
    monkeypatch.setattr(AppSession, "request_rerun", lambda self, state, reason: None)
    said = refusal()
    assert "made for Streamlit 1.67.0, and 1.99.0 is installed" in said
    assert "AppSession.request_rerun takes (self, state, reason), not (self, client_state)." in said
    assert "Install streamlit==1.67.0" in said


def test_a_function_that_is_gone_is_named(monkeypatch):
    monkeypatch.delattr(AppSession, "has_fragment")
    assert "AppSession.has_fragment is gone." in refusal()


def test_an_attribute_that_is_gone_is_named(monkeypatch):
    monkeypatch.setitem(
        expected.ATTRIBUTES,
        "streamlit.runtime.scriptrunner_utils.script_run_context:ScriptRunContext",
        ("session_id", "no_such_field"),
    )
    assert "ScriptRunContext has no no_such_field." in refusal()
    assert ScriptRunContext.__name__ in refusal()


def test_a_style_sheet_names_elements():
    assert styled("$Main { top: 0 }") == "[data-testid=stMain] { top: 0 }"
    with pytest.raises(KeyError):
        styled("$Mian { top: 0 }")
