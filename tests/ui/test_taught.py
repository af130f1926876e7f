"""Code that is taught is in files that run by themselves, and is shown exactly as it is there."""

import ast
import runpy
from pathlib import Path
from textwrap import dedent

import pytest

from tests.messages import ROOT
from ui.frames.inside.notebook import CODE
from ui.misconceptions import misconceptions
from ui.misconceptions.misconception import CODE as MISCONCEPTIONS
from ui.taught import assigned, cells

VIEWS = ROOT / "ui" / "frames" / "code"


def files(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


RUNNING = [folder / f"{name}.py" for folder in (CODE, VIEWS) for name in files(folder) if name != "broken"]


@pytest.mark.parametrize("path", RUNNING, ids=lambda path: path.stem)
def test_the_code_of_a_view_runs_by_itself(path):
    runpy.run_path(str(path))


def programs(source):
    """String literals that are Python programs of several lines, docstrings left out."""
    tree = ast.parse(source)
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            try:
                lines = ast.parse(dedent(node.value)).body
            except SyntaxError:
                continue
            if len(lines) > 1 and any(isinstance(line, ast.Assign | ast.Assert) for line in lines):
                yield node.value


@pytest.mark.parametrize("folder", ["ui", "pages", "transformer"])
def test_no_program_stands_in_a_string(folder):
    found = {
        str(path.relative_to(ROOT)): found
        for path in sorted((ROOT / folder).rglob("*.py"))
        if (found := list(programs(path.read_text())))
    }
    assert not found


def test_a_program_in_a_string_is_found():
    assert list(programs('CODE = "import torch\\nx = torch.ones(3)"'))


def test_each_misconception_has_its_file_and_each_file_its_misconception():
    assert [one.key for one in sorted(misconceptions(), key=lambda one: one.key)] == files(MISCONCEPTIONS)


def test_what_is_said_to_linters_is_not_shown(tmp_path):
    file = tmp_path / "code.py"
    file.write_text(
        "import a\n\n# isort: split\n\n# %% wrong\n"
        "x = float(1e-20)  # noqa: UP018\ny = x  # type: ignore[assignment]  # said to readers\n"
    )
    assert cells(file) == {"": "import a", "wrong": "x = float(1e-20)\ny = x  # said to readers"}


def test_other_expressions_take_the_place_of_the_files_own():
    cell = "x = src  # ids\ny = x"
    assert assigned(cell, x="trg") == "x = trg  # ids\ny = x"
    assert assigned(cell, x="trg  # other ids") == "x = trg  # other ids\ny = x"
    with pytest.raises(AssertionError, match="z"):
        assigned(cell, z="1")
