"""JavaScript modules are bundled into one text, and decode what Python packs; see also `tests/javascript`."""

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.node import run
from transformer.grid.payload import build
from transformer.grid.sources import SCRIPT as GRID
from transformer.grid.views import Frame, Scale, TensorView
from transformer.javascript import bundled
from transformer.standalone.sources import OWN as STANDALONE
from ui.live.component import SCRIPT as LIVE

NAME = re.compile(r"^(?:async )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE)


def write(folder: Path, **modules: str) -> Path:
    for name, source in modules.items():
        (folder / f"{name}.js").write_text(source)
    return folder / "a.js"


def test_each_module_stands_once_after_those_that_it_imports(tmp_path):
    entry = write(
        tmp_path,
        a='import {\n  b,\n} from "./b.js";\nimport { c } from "./c.js";\nexport default b + c;\n',
        b='import { c } from "./c.js";\nexport const b = c;\n',
        c="export const c = 1;\nexport class C {}\n",
    )
    lines = [line for line in bundled(entry).splitlines() if line]
    assert lines == ["const c = 1;", "class C {}", "const b = c;", "export default b + c;"]


def test_modules_that_import_each_other_are_refused(tmp_path):
    entry = write(tmp_path, a='import { b } from "./b.js";\n', b='import { a } from "./a.js";\n')
    with pytest.raises(ValueError, match=r"a\.js and b\.js import each other"):
        bundled(entry)


@pytest.mark.parametrize("script", [GRID, STANDALONE, LIVE], ids=["grid", "standalone", "live"])
def test_modules_that_share_a_scope_have_no_name_twice_and_import_nothing(script):
    names = Counter(NAME.findall(script))
    assert names
    assert [name for name, count in names.items() if count > 1] == []
    assert re.findall(r"^(?:import|export (?!default)).*", script, re.MULTILINE) == []


def test_the_browser_unpacks_the_numbers_that_python_packed():
    random = np.random.default_rng(0)
    arrays = [
        random.random((3, 5)) < 0.5,
        random.integers(-40, 40, (2, 3)),
        random.integers(0, 70_000, (2, 3)),
        random.normal(size=(4, 4)).astype(np.float32),
        random.random((4, 4)) * 10.0 ** random.integers(-300, 300, (4, 4)),
        np.array([[0.0, -np.inf, np.inf, np.nan, 0.125]]),
    ]
    views = tuple(TensorView(f"x{i}", values, Scale.unit()) for i, values in enumerate(arrays))
    data = build([Frame("", views)])
    found = run(
        """import { Values } from "./transformer/grid/js/data.js";
        const arrays = given.arrays.map((packed) => new Values(packed, given.codecs).values);
        console.log(JSON.stringify(arrays.map((values) => [...values].map(String))));""",
        data,
    )
    assert {codec["kind"] for codec in data["codecs"]} == {"bits", "whole", "decimal", "f64"}
    for values, texts in zip(arrays, found, strict=True):
        read = [float(text.replace("Infinity", "inf")) for text in texts]
        np.testing.assert_allclose(read, values.ravel().astype(float), rtol=5e-3)
