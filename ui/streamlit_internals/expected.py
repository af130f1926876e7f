"""What the app relies on inside Streamlit, checked against the installed version at start."""

import inspect
import logging
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import streamlit

MADE_FOR = "1.67.0"

RUNTIME = "streamlit.runtime"
COMPONENTS = "streamlit.components.v2"

PARAMETERS = {
    f"{RUNTIME}.app_session:AppSession.request_rerun": ("self", "client_state"),
    f"{RUNTIME}.app_session:AppSession.has_fragment": ("self", "fragment_id"),
    f"{RUNTIME}.app_session:AppSession._create_scriptrunner": ("self", "initial_rerun_data"),
    f"{RUNTIME}.forward_msg_queue:ForwardMsgQueue.clear": (
        "self",
        "retain_lifecycle_msgs",
        "fragment_ids_this_run",
    ),
    f"{RUNTIME}.runtime:Runtime.is_active_session": ("self", "session_id"),
    f"{RUNTIME}.scriptrunner:ScriptRunner.request_rerun": ("self", "rerun_data"),
    f"{RUNTIME}.scriptrunner:get_script_run_ctx": ("suppress_warning",),
    f"{RUNTIME}.state.common:user_key_from_element_id": ("element_id",),
    f"{COMPONENTS}.get_bidi_component_manager:get_bidi_component_manager": (),
    f"{COMPONENTS}.component_manager:BidiComponentManager.get_component_path": ("self", "name"),
    f"{COMPONENTS}.component_manager:BidiComponentManager.register_from_manifest": (
        "self",
        "manifest",
        "package_root",
    ),
}
"""Functions that are called or replaced, with their parameters."""

ATTRIBUTES = {
    f"{RUNTIME}.app_session:AppSession": ("_client_state", "_event_loop", "_scriptrunner", "_state"),
    f"{RUNTIME}.app_session:AppSessionState": ("SHUTDOWN_REQUESTED",),
    f"{RUNTIME}.forward_msg_queue:ForwardMsgQueue": ("_delta_index_map",),
    f"{RUNTIME}.pages_manager:PagesManager": ("uses_pages_directory",),
    f"{RUNTIME}.scriptrunner_utils.script_run_context:ScriptRunContext": (
        "fragment_ids_this_run",
        "is_history_navigation",
        "session_id",
        "session_state",
    ),
    f"{RUNTIME}.state:SafeSessionState": ("_state",),
    f"{RUNTIME}.state:SessionState": ("_new_widget_state", "_key_id_mapper"),
    f"{COMPONENTS}.manifest_scanner:ComponentConfig": ("name", "asset_dir"),
    f"{COMPONENTS}.manifest_scanner:ComponentManifest": ("name", "version", "components"),
    "streamlit.proto.ClientState_pb2:ClientState": (
        "fragment_id",
        "is_auto_rerun",
        "page_script_hash",
        "widget_states",
    ),
}
"""Classes, with the attributes of their objects that are read or set."""


class StreamlitChangedError(RuntimeError):
    """The installed Streamlit lacks something that the app relies on."""


def check() -> None:
    """Raise `StreamlitChangedError` with all differences; log a warning if only the version differs."""
    version = streamlit.__version__
    changes = [*_changed_functions(), *_changed_classes()]
    if changes:
        raise StreamlitChangedError(
            f"This app was made for Streamlit {MADE_FOR}, and {version} is installed, which differs where "
            f"the app relies on it: {' '.join(changes)} Install streamlit=={MADE_FOR}, or adapt "
            "ui/streamlit_internals."
        )
    if version != MADE_FOR:
        logging.getLogger(__name__).warning(
            "This app was made for Streamlit %s, and %s is installed. All that the app relies on is there; "
            "run tests/browser/test_streamlit_internals.py before you trust it.",
            MADE_FOR,
            version,
        )


def _changed_functions() -> Iterator[str]:
    for path, wanted in PARAMETERS.items():
        found = _find(path)
        if found is None:
            yield f"{path} is gone."
        elif (parameters := tuple(inspect.signature(found).parameters)) != wanted:
            yield f"{path} takes ({', '.join(parameters)}), not ({', '.join(wanted)})."


def _changed_classes() -> Iterator[str]:
    for path, wanted in ATTRIBUTES.items():
        found = _find(path)
        if found is None:
            yield f"{path} is gone."
            continue
        lacking = [name for name in wanted if name not in _attributes(found)]
        if lacking:
            yield f"{path} has no {', '.join(lacking)}."


def _find(path: str) -> Any:
    """The object at a path such as `module:Class.method`; None if there is none."""
    module, _, names = path.partition(":")
    try:
        found: Any = import_module(module)
        for name in names.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError):
        return None
    return found


def _attributes(found: Any) -> set[str]:
    """Names of attributes of a class's objects, including those that `__init__` uses, and protobuf fields."""
    made = getattr(found.__init__, "__code__", None)
    message = getattr(found, "DESCRIPTOR", None)
    fields = message.fields_by_name if message else ()
    return {*dir(found), *getattr(found, "__annotations__", ()), *fields, *(made.co_names if made else ())}
