"""Finds lessons by name: the project's, those in a folder of the server, and the user's own."""

import os
from functools import cache, lru_cache
from pathlib import Path

from ui import own_lesson
from ui.lessons.lesson import Lesson
from ui.lessons.reader import LONGEST_FILE, name_of, read_lesson

FOLDER = Path(__file__).parents[2] / "lessons"
"""The project's lessons."""

SERVED = Path(os.environ.get("LESSONS_FOLDER", Path(__file__).parents[2] / "my_lessons"))
"""The folder for lessons of the server's operator. They are opened by a link."""


@cache
def shipped() -> dict[str, Lesson]:
    """The lessons of the project by name, in the order of their files' names."""
    read = [
        read_lesson(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.toml"))
    ]
    return {lesson.name: lesson for lesson in read}


def named(name: str) -> Lesson | None:
    """The lesson of a name: the project's, the server's, or the user's own; None if there is none.

    Raises `InputError` if the server's lesson is invalid.
    """
    if name == own_lesson.NAME:
        return own_lesson.lesson()
    return shipped().get(name) or _served(name)


def _served(name: str) -> Lesson | None:
    """The server's lesson of a name. Existing files are searched, so that no path is made from the name."""
    file = next((path for path in sorted(SERVED.glob("*.toml")) if name_of(path) == name), None)
    if file is None or not file.is_file() or not file.resolve().is_relative_to(SERVED.resolve()):
        return None
    return _read(file, file.stat().st_mtime_ns, file.stat().st_size)


@lru_cache(64)
def _read(file: Path, changed: int, size: int) -> Lesson:
    """Read a lesson file; `changed` and `size` are only part of the cache key."""
    text = file.read_bytes()[: 4 * LONGEST_FILE + 4].decode(errors="replace")
    return read_lesson(text, file.name)
