"""Code that is taught stands in files that run by themselves, and is shown as it stands there."""

import runpy
from pathlib import Path

import pytest

from ui.frames.inside.notebook import CODE, Notebook
from ui.misconceptions import misconceptions
from ui.misconceptions.misconception import CODE as MISCONCEPTIONS
from ui.taught import cells


def files(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


@pytest.mark.parametrize("part", files(CODE))
def test_the_code_of_a_part_runs_by_itself(part):
    runpy.run_path(str(CODE / f"{part}.py"))


def test_each_misconception_has_its_file_and_each_file_its_misconception():
    assert [one.key for one in sorted(misconceptions(), key=lambda one: one.key)] == files(MISCONCEPTIONS)


def test_what_is_said_to_linters_is_not_shown(tmp_path):
    file = tmp_path / "code.py"
    file.write_text(
        "import a\n\n# isort: split\n\n# %% wrong\n"
        "x = float(1e-20)  # noqa: UP018\ny = x  # type: ignore[assignment]  # said to readers\n"
    )
    assert cells(file) == {"": "import a", "wrong": "x = float(1e-20)\ny = x  # said to readers"}


def test_another_part_of_the_model_takes_the_place_of_the_files_own():
    notebook = Notebook.__new__(Notebook)
    notebook.cells = {"a cell": "x = src  # ids\ny = x"}
    notebook.run = lambda code: code
    assert notebook.cell("a cell", x="trg") == "x = trg  # ids\ny = x"
    assert notebook.cell("a cell", x="trg  # other ids") == "x = trg  # other ids\ny = x"
    with pytest.raises(AssertionError, match="z"):
        notebook.cell("a cell", z="1")
