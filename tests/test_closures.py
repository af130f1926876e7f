"""How many of our modules a page imports, read from the source. The numbers may only fall."""

import ast
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import transformer

ROOT = Path(__file__).resolve().parents[1]
OURS = ("pages", "ui", "viz", "transformer")


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_of(path): path for layer in OURS for path in sorted((ROOT / layer).rglob("*.py"))}
PUBLIC = {
    name: f"transformer.{module}" for module, names in transformer._HOMES.items() for name in names.split()
}
"""The module of each name that `transformer` loads lazily."""


def loaded(body):
    """The import statements that run when a module is loaded: not those in functions or for types only."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.Try | ast.With | ast.ClassDef):
            yield from loaded(node.body)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" not in ast.unparse(node.test):
            yield from loaded([*node.body, *node.orelse])


@cache
def needs(module):
    """Our modules that a module imports, and the packages that contain them."""
    names = {module}
    for node in loaded(ast.parse(FILES[module].read_text()).body):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        else:
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
            if node.module == "transformer":
                names |= {PUBLIC[alias.name] for alias in node.names if alias.name in PUBLIC}
    parts = [name.split(".") for name in names]
    packages = {".".join(part[:length]) for part in parts for length in range(1, len(part) + 1)}
    return packages & set(FILES)


def closure(*modules):
    found, left = set(), [*modules]
    while left:
        module = left.pop()
        if module not in found:
            found.add(module)
            left += needs(module)
    return found - {"pages"}


def sections(page):
    """The modules of a page's sections, which it loads when they are shown."""
    strings = [
        node.value for node in ast.walk(ast.parse(FILES[page].read_text())) if isinstance(node, ast.Constant)
    ]
    return {str(text).partition(":")[0] for text in strings} & {
        name for name in FILES if name.startswith("ui.")
    }


PAGES = sorted(name for name, path in FILES.items() if name.count(".") == 2 and name.startswith("pages."))

MOST = {
    "pages.decoding.decoding": (66, 116),
    "pages.masks.broadcasting": (65, 103),
    "pages.masks.check": (125, 125),
    "pages.masks.laboratory": (103, 110),
    "pages.model.inside": (93, 117),
    "pages.positions.encoding": (63, 106),
    "pages.questions.cheatsheet": (71, 71),
    "pages.questions.exercises": (98, 98),
    "pages.questions.find": (127, 127),
    "pages.questions.mistakes": (74, 74),
    "pages.questions.my_lesson": (65, 65),
    "pages.questions.questions": (167, 167),
    "pages.start.home": (84, 84),
    "pages.teacher.teacher": (117, 117),
    "pages.training.training": (89, 142),
}
"""The most modules that each page may import: alone, and with the section that imports most."""


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_few_modules(page):
    alone, shown = MOST[page]
    assert len(closure(page)) <= alone
    needed = {section: len(closure(page, section)) for section in sections(page)}
    assert max(needed.values(), default=0) <= shown, needed


def test_the_sections_of_a_page_are_no_part_of_what_it_needs_alone():
    found = sections("pages.decoding.decoding")
    assert len(found) == 6
    assert not found & closure("pages.decoding.decoding")


def test_a_public_name_is_loaded_from_where_it_is():
    assert PUBLIC.keys() == set(transformer.__all__)
    for name, module in PUBLIC.items():
        assert getattr(transformer, name) is getattr(import_module(module), name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = transformer.nothing
