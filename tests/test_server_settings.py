"""A server's settings, and the exact versions of its packages."""

import re
import tomllib

import pytest
from streamlit import config as streamlit_config

from tests.messages import ROOT

SETTINGS = {
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 5,
    "server.maxMessageSize": 50,
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.disconnectedSessionTTL": 120,
    "runner.postScriptGC": False,
    "client.toolbarMode": "viewer",
    "client.showErrorDetails": "none",
    "browser.gatherUsageStats": False,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_settings_of_a_classroom_are_shipped(name):
    """The settings are in the file, and this version of Streamlit knows their names."""
    section, _, key = name.partition(".")
    shipped = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert shipped[section][key] == SETTINGS[name]
    assert name in streamlit_config.get_config_options()


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.name)
def test_every_version_is_pinned(path):
    lines = [line.split("#")[0].strip() for line in path.read_text().splitlines()]
    wanted = [line for line in lines if line and not line.startswith("-r ")]
    assert wanted
    for line in wanted:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[a-z,]+\])?==[0-9][A-Za-z0-9.]*", line), line
