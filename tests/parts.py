"""`pytest --slow-part=3/7` runs a seventh of the slow tests; a week of continuous integration runs them all.

The parts divide the tests marked `slow` and those that use hypothesis, which get ten times as many examples
as otherwise. Tests marked `timing` are in no part: they kill processes, cut connections or put load on the
server, and fail if others use the machine. `pytest -m slow` runs them, too, on a machine that is idle.
"""

import zlib
from dataclasses import dataclass

CHOSEN = "(slow or hypothesis) and not timing"
"""The tests that are divided into parts, as an expression for `pytest -m`."""


@dataclass(frozen=True)
class Part:
    """Part `number` of `of`, counted from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> "Part":
        """Read a text such as `3/7`. Raises `ValueError` if it is no part."""
        number, _, of = text.partition("/")
        part = cls(int(number), int(of))
        if not 1 <= part.number <= part.of:
            raise ValueError(f"{text}: a part is one of 1/{part.of} to {part.of}/{part.of}")
        return part

    def __contains__(self, test: str) -> bool:
        """Whether a test is in this part. Its name alone decides, so all processes divide the tests alike."""
        return zlib.crc32(test.encode()) % self.of == self.number - 1
