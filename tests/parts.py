"""`pytest --slow-part=3/7`: a part of what is slow; a few days of continuous integration run all of it.

A part is of the tests marked `slow`, and of the properties that hypothesis tries, with ten times as many
cases as otherwise. Tests marked `timing` are in no part: what they kill, cut off or load takes its own time,
and they fail where others use the machine. `pytest -m slow` runs them, on a machine that does nothing else.
"""

import zlib
from dataclasses import dataclass

CHOSEN = "(slow or hypothesis) and not timing"
"""Of which tests there are parts, as `pytest -m` reads it."""


@dataclass(frozen=True)
class Part:
    """One of so many: numbered from 1."""

    number: int
    of: int

    @classmethod
    def read(cls, text: str) -> "Part":
        """`3/7`; raises `ValueError` for what is no part."""
        number, _, of = text.partition("/")
        part = cls(int(number), int(of))
        if not 1 <= part.number <= part.of:
            raise ValueError(f"{text}: a part is one of 1/{part.of} to {part.of}/{part.of}")
        return part

    def __contains__(self, test: str) -> bool:
        """Whether a test belongs to it, by its name alone: in every process, and whatever else there is."""
        return zlib.crc32(test.encode()) % self.of == self.number - 1
