"""Files of example code: pages run and show them cell by cell, and linters check them like any other file.

A cell begins with `# %%` and its name, as in many editors; the code above the first cell has the name "".
"""

import re
from functools import cache
from pathlib import Path

CELL = re.compile(r"^# %% (.+)\n", re.MULTILINE)
PRAGMA = re.compile(r"(?:^| {2})# (?:noqa: [A-Z0-9]+|type: ignore\[[a-z-]+\]|isort: split)", re.MULTILINE)
"""Comments for linters, which are not shown."""


@cache
def cells(path: Path) -> dict[str, str]:
    """The code of a file's cells, by their names."""
    first, *rest = CELL.split(PRAGMA.sub("", path.read_text("utf-8")))
    named = dict(zip(rest[::2], rest[1::2], strict=True))
    return {name: code.strip("\n") for name, code in {"": first, **named}.items()}


def assigned(code: str, **expressions: str) -> str:
    """A cell's code in which each name is assigned the expression given for it instead of its own.

    An expression that contains a comment also replaces the comment of its line.
    """
    for target, expression in expressions.items():
        old = ".*$" if "  # " in expression else ".*?(?=  #|$)"
        line = re.compile(rf"^({re.escape(target)} = ){old}", re.MULTILINE)
        code, found = line.subn(lambda match: match[1] + expression, code)  # noqa: B023
        assert found == 1, f"the cell has no one line that assigns {target}"
    return code
