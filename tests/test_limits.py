"""Limits on sizes are defined in `transformer/limits.py` and nowhere else."""

import ast
from collections.abc import Iterator

import pytest

from tests.messages import ROOT, sources
from transformer import limits

ELSEWHERE = [
    path
    for path in sources()
    if path != ROOT / "transformer" / "limits.py" and path.relative_to(ROOT).parts[0] not in ("tests", "viz")
]
KEYWORDS = {"max_chars", "max_value", "max_upload_size", "max_selections", "limit"}
RANGES = {"number_input": (1, 2), "slider": (1, 2), "whole": (0, 1), "number": (0, 1), "words": (0,)}
"""Positions of the arguments that are a range; a widget's label comes before them."""

SMALLEST = {-1, 0, 1, 2}
"""Numbers in a range that are not limits."""


def is_number(node: ast.AST) -> bool:
    """Whether an expression consists of numbers only."""
    parts = [part for part in ast.walk(node) if isinstance(part, ast.expr)]
    made = (ast.Constant, ast.BinOp, ast.UnaryOp)
    return all(isinstance(part, made) for part in parts) and not any(
        isinstance(part, ast.Constant) and not isinstance(part.value, int | float) for part in parts
    )


def own_limits(tree: ast.AST) -> Iterator[str]:
    """Places where a source defines a limit itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and is_number(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [ast.unparse(target).lstrip("_") for target in targets]
            yield from (f"{node.lineno}: {name}" for name in names if name.startswith(("MAX", "LONGEST")))
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in KEYWORDS and is_number(keyword.value):
                    yield f"{node.lineno}: {keyword.arg}={ast.unparse(keyword.value)}"
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            for place in RANGES.get(name, ()):
                given = node.args[place] if place < len(node.args) else ast.Constant("nothing")
                if is_number(given) and ast.literal_eval(given) not in SMALLEST:
                    yield f"{node.lineno}: {name}(... {ast.unparse(given)} ...)"


def test_no_limit_is_defined_elsewhere():
    found = {str(path.relative_to(ROOT)): list(own_limits(ast.parse(path.read_text()))) for path in ELSEWHERE}
    assert found
    assert not {path: places for path, places in found.items() if places}


@pytest.mark.parametrize(
    "source",
    [
        "MAX_TEXT = 2000",
        "_MAX_DIGITS: int = 6",
        "MAX_SEED = 2 ** 32 - 1",
        "st.text_input(t('Input'), max_chars=200)",
        "st.number_input(t('Seed'), 0, 999)",
        "left.slider(label, 0.5, value)",
        "declare(Setting('seed', 0, whole(0, 10)))",
    ],
)
def test_a_limit_is_found_however_it_is_written(source):
    assert len(list(own_limits(ast.parse(source)))) == 1


def test_every_limit_is_used():
    used = "\n".join(path.read_text() for path in ELSEWHERE)
    names = [name for name in vars(limits) if name.isupper()]
    assert names
    assert not [name for name in names if name not in used]
