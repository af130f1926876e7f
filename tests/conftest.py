"""What all tests share."""

import logging

# Outside a session Streamlit warns of that at every call: hundreds of lines under any failing test.
logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
logging.getLogger("streamlit.runtime.state.session_state_proxy").setLevel(logging.ERROR)
