"""What all tests share."""

import logging

from hypothesis import settings

# Outside a session Streamlit warns of that at every call: hundreds of lines under any failing test.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
logging.getLogger("streamlit.runtime.state.session_state_proxy").setLevel(logging.ERROR)

# How long an example takes says how busy the machine is; nothing here asserts a time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
