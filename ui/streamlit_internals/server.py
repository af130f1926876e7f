"""Access to the server's sessions, pages and components."""

from pathlib import Path

from streamlit import runtime
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.runtime.pages_manager import PagesManager


def is_connected(session: str) -> bool:
    """Whether the browser of a session is connected to this server. Streamlit has no public API for it."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def use_navigation_only() -> None:
    """Make Streamlit ignore the folder `pages/`.

    Otherwise it ignores `st.navigation` until that has been called once, and tells the first visitor that
    only the first page exists.
    """
    PagesManager.uses_pages_directory = False


def serve_component(package: str, component: str, folder: Path) -> None:
    """Let `st.components.v2.component("package.component", js="file")` find its files in `folder`.

    The public ways are an installed package with a manifest, or the script as text, which would be sent at
    every run. Call it during a run: before its first run, the server cannot register the folder.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_path(f"{package}.{component}") is None:
        components = [ComponentConfig(component, asset_dir=".")]
        manager.register_from_manifest(ComponentManifest(package, "1", components), folder)
