"""What the server knows of sessions, pages and components."""

from pathlib import Path

from streamlit import runtime
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.runtime.pages_manager import PagesManager


def is_connected(session: str) -> bool:
    """Whether the browser of a session has a connection to this server. Nothing public tells."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def use_navigation_only() -> None:
    """Without this the first visitor of a server is told that there is no page but the first: Streamlit finds
    a folder `pages/`, and ignores `st.navigation` until it has run once."""
    PagesManager.uses_pages_directory = False


def serve_component(package: str, component: str, folder: Path) -> None:
    """Let `st.components.v2.component("package.component", js="file")` find its files in `folder`.

    The public way is an installed package with a manifest. Given as text, a program would travel with every
    run. A server knows the folder from its first run on.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_path(f"{package}.{component}") is None:
        components = [ComponentConfig(component, asset_dir=".")]
        manager.register_from_manifest(ComponentManifest(package, "1", components), folder)
