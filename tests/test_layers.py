"""Who may import whom, read from the source: pages -> ui, viz, transformer; ui -> transformer, viz."""

import ast
import re
import sys
from pathlib import Path

import pytest
import streamlit

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("app", "dashboard", "pages", "ui", "viz", "transformer", "benchmarks", "tests")
SHOWN_WITH = {"streamlit", "plotly", "pandas", "altair"}

FORBIDDEN = {
    "transformer": {*LAYERS, *SHOWN_WITH} - {"transformer"},
    "viz": {*LAYERS, "streamlit"} - {"viz"},
    "ui": {*LAYERS} - {"ui", "viz", "transformer"},
    "pages": {*LAYERS} - {"ui", "viz", "transformer"},
    "benchmarks": {"app", "dashboard", "pages", "tests"},
    "dashboard": {*LAYERS} - {"ui", "viz", "transformer"},
    "app": {*LAYERS} - {"ui"},
}
"""The packages that each layer must not import."""


ROOMS = ("grid", "model", "trace_page", "tasks", "decoding", "learning", "experiments", "exercises", "probe")
"""The subpackages ("rooms") of `transformer/`: each may import those before it, never one after it."""

GROUND = {"errors", "limits", "checks", "terminal", "options", "javascript"}
"""Modules of `transformer/` that any subpackage may import; they import none of these."""


def sources(layer):
    folder = ROOT / layer
    return [ROOT / f"{layer}.py"] if folder.with_suffix(".py").exists() else sorted(folder.rglob("*.py"))


def imported(source):
    """The top-level packages that a file imports anywhere in it, also inside functions."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide which layer is meant"
            yield str(node.module).split(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            name = node.args[0] if node.args else None
            if isinstance(name, ast.Constant):
                yield str(name.value).split(".")[0]


@pytest.mark.parametrize("layer", FORBIDDEN)
def test_a_layer_imports_only_what_lies_below_it(layer):
    files = [path for path in sources(layer) if path.exists()]
    assert files, f"there is no {layer}"
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported(path.read_text())
        if name in FORBIDDEN[layer]
    }
    assert not wrong


def rooms_imported(source):
    """The subpackages and modules of `transformer/` that a file imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "transformer":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("transformer."):
            yield str(node.module).split(".")[1]


@pytest.mark.parametrize("room", [*ROOMS, *sorted(GROUND)])
def test_a_room_imports_only_those_before_it(room):
    folder = ROOT / "transformer" / room
    files = sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]
    before = set(ROOMS[: ROOMS.index(room)]) if room in ROOMS else set()
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in rooms_imported(path.read_text())
        if name not in {room, *before, *GROUND}
    }
    assert not wrong


def test_the_model_imports_nothing_of_ours_but_checks_of_values_and_the_error_they_raise():
    files = sorted((ROOT / "transformer" / "model").glob("*.py"))
    found = {name for path in files for name in rooms_imported(path.read_text())}
    assert found == {"model", "checks", "errors"}


def test_nothing_of_the_reference_model_imports_the_faulty_ones():
    files = sorted((ROOT / "transformer" / "model").glob("*.py"))
    assert (ROOT / "transformer" / "model" / "faulty_models.py") in files
    assert not [path.name for path in files if "faulty_models import" in path.read_text()]


READ_IN_ORDER = ("config", "masks", "positional", "attention", "transformer", "trace")


def test_what_a_student_reads_of_the_model_has_at_most_700_lines():
    files = [ROOT / "transformer" / "model" / f"{name}.py" for name in READ_IN_ORDER]
    assert sum(len(path.read_text().splitlines()) for path in files) <= 700


@pytest.mark.parametrize("layer", ["transformer", "ui", "viz", "pages"])
def test_no_function_has_more_than_50_lines(layer):
    long = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in sources(layer)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 50
    }
    assert not long


def test_transformer_needs_torch_safetensors_numpy_tqdm_and_the_standard_library_alone():
    allowed = {"transformer", "torch", "safetensors", "numpy", "tqdm", *sys.stdlib_module_names}
    assert {name for path in sources("transformer") for name in imported(path.read_text())} <= allowed


DOOR = ROOT / "ui" / "streamlit_internals"
"""The only package that may use internals of Streamlit."""

PUBLIC = {"streamlit", "streamlit.delta_generator"}
"""Modules of Streamlit that its documentation names."""

INSIDES = re.compile(r"\bst[A-Z][a-z]+[A-Za-z]*\b|InputInstructions|data-baseweb|data-test-|dataset\.test")
"""Selectors and attributes that Streamlit uses for its elements."""


def served():
    """The source files of the app, without those of `DOOR`."""
    for layer in ("app.py", "dashboard.py", "pages", "ui", "viz"):
        path = ROOT / layer
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        yield from (
            file for file in files if file.suffix in {".py", ".js", ".css"} and DOOR not in file.parents
        )


def modules_of_streamlit(source):
    """The modules of Streamlit that a file imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "streamlit")
        elif isinstance(node, ast.ImportFrom) and str(node.module).split(".")[0] == "streamlit":
            yield str(node.module)
            if node.module == "streamlit":
                yield from (f"streamlit.{alias.name}" for alias in node.names if alias.name in INNER)


INNER = {path.name for path in Path(streamlit.__file__).parent.iterdir() if path.is_dir()}


def test_only_the_door_knows_the_insides_of_streamlit():
    python = [path for path in served() if path.suffix == ".py"]
    imported = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in python
        for name in modules_of_streamlit(path.read_text())
        if name not in PUBLIC
    }
    assert not imported
    selected = {
        f"{path.relative_to(ROOT)} names {found}"
        for path in served()
        for found in INSIDES.findall(path.read_text())
    }
    assert not selected


@pytest.mark.parametrize(
    "source",
    [
        "from streamlit import runtime",
        "from streamlit.runtime.state import SessionState",
        "import streamlit.runtime as inside",
        "def f():\n    from streamlit.proto.Element_pb2 import Element",
    ],
)
def test_an_import_of_streamlits_insides_is_found(source):
    assert set(modules_of_streamlit(source)) - PUBLIC


@pytest.mark.parametrize(
    "source",
    ["[data-testid=stMain] { }", 'querySelector(".stVegaLiteChart")', "app.dataset.testScriptState"],
)
def test_a_selector_of_streamlits_insides_is_found(source):
    assert INSIDES.search(source)


FRAME = {
    "dashboard.py",
    "ui/address.py",
    "ui/anchors.py",
    "ui/connection.py",
    "ui/i18n.py",
    "ui/layout.py",
    "ui/lessons/path.py",
}
"""The modules that may read and write the address. No page and no section does."""


def test_only_the_frame_of_pages_reads_and_writes_the_address():
    using = re.compile(r"from ui\.address import|from ui import .*\baddress\b|\bst\.query_params")
    found = {str(path.relative_to(ROOT)) for path in served() if using.search(path.read_text())}
    assert found <= FRAME
    assert "ui/layout.py" in found


def reads_settings(source):
    """Imports by which a file could read the session: streamlit, settings, and the chosen model."""
    wanted = {"streamlit", "ui.state", "ui.setting", "ui.models", "ui.layout"}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in wanted)
        elif isinstance(node, ast.ImportFrom):
            names = {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
            yield from (name for name in names if name in wanted or name.startswith("streamlit"))


def test_a_view_of_tensors_gets_plain_values():
    files = sorted((ROOT / "ui" / "frames").rglob("*.py"))
    assert files
    wrong = {
        f"{path.relative_to(ROOT)} uses {name}" for path in files for name in reads_settings(path.read_text())
    }
    assert not wrong


def test_every_page_lies_in_the_folder_of_its_section():
    flat = [path.name for path in (ROOT / "pages").glob("*.py") if path.name != "__init__.py"]
    assert not flat


@pytest.mark.parametrize(
    "source",
    [
        "import streamlit",
        "import streamlit.components.v1 as components",
        "from streamlit import session_state",
        "def f():\n    import streamlit as st",
        "import importlib\nimportlib.import_module('streamlit.testing')",
    ],
)
def test_an_import_is_found_however_it_is_written(source):
    assert "streamlit" in set(imported(source))
