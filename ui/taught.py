"""Files of code that is taught: pages run and show them, cell by cell, and linters check them like any other.

A cell begins with `# %%` and its name, as editors know it; what stands above the first one is called "".
"""

import re
from functools import cache
from pathlib import Path

CELL = re.compile(r"^# %% (.+)\n", re.MULTILINE)
PRAGMA = re.compile(r"(?:^| {2})# (?:noqa: [A-Z0-9]+|type: ignore\[[a-z-]+\]|isort: split)", re.MULTILINE)
"""What is said to linters, and not to readers."""


@cache
def cells(path: Path) -> dict[str, str]:
    """The code of a file by the names of its cells."""
    first, *rest = CELL.split(PRAGMA.sub("", path.read_text("utf-8")))
    named = dict(zip(rest[::2], rest[1::2], strict=True))
    return {name: code.strip("\n") for name, code in {"": first, **named}.items()}


def assigned(code: str, **expressions: str) -> str:
    """A cell in which `expressions` are assigned to names in the place of the file's own.

    One with a comment replaces that too.
    """
    for target, expression in expressions.items():
        old = ".*$" if "  # " in expression else ".*?(?=  #|$)"
        line = re.compile(rf"^({re.escape(target)} = ){old}", re.MULTILINE)
        code, found = line.subn(lambda match: match[1] + expression, code)  # noqa: B023
        assert found == 1, f"the cell has no one line that assigns {target}"
    return code
