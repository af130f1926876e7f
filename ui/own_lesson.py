"""A lesson that a user writes in the app from views. The browser keeps it; it can be saved as a file."""

import json
from collections.abc import Mapping
from typing import Any

from transformer import InputError
from ui import kept
from ui.lessons.lesson import Lesson
from ui.lessons.reader import MOST_MINUTES, read_lesson

NAME = "own"
_KEPT = "own_lesson"

EMPTY: dict[str, Any] = {
    "minutes": 10,
    "title": {"en": "My lesson", "zh": "我的课程"},
    "audience": {"en": "My class", "zh": "我的班级"},
    "step": [],
}


def given() -> dict[str, Any]:
    """A copy of the lesson so far, in the form of a parsed TOML file.

    An empty lesson if there is none, or if what the browser sent does not have the form of a lesson.
    """
    found = kept.value(_KEPT)
    return json.loads(json.dumps(found if _is_lesson(found) else EMPTY))  # type: ignore[no-any-return]


def _is_lesson(found: Any) -> bool:
    """Whether `found` has the form of a lesson, so that it can be edited; `read` may still refuse it."""
    return (
        isinstance(found, dict)
        and set(found) == set(EMPTY)
        and type(found["minutes"]) is int
        and 1 <= found["minutes"] <= MOST_MINUTES
        and _is_text(found["title"])
        and _is_text(found["audience"])
        and isinstance(found["step"], list)
        and all(map(_is_step, found["step"]))
    )


def _is_text(found: Any) -> bool:
    return isinstance(found, dict) and all(isinstance(found.get(code), str) for code in ("en", "zh"))


def _is_step(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("page"), str)
        and isinstance(found.get("settings", {}), dict)
        and _is_text(found.get("text"))
        and all(_are_words(found.get(name, [])) for name in ("hide", "lock"))
        and ("question" not in found or _is_question(found["question"]))
    )


def _are_words(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)


def _is_question(found: Any) -> bool:
    if not _is_text(found) or not isinstance(found.get("options"), list):
        return False
    return all(map(_is_text, found["options"])) and type(found.get("answer")) is int


def keep(what: Mapping[str, Any]) -> None:
    """Replace the lesson."""
    kept.keep(_KEPT, what)


def add(page: str, settings: Mapping[str, str], withheld: Mapping[str, list[str]]) -> None:
    """Add a view as the last step; `withheld` lists the parts to hide and lock, under "hide" and "lock"."""
    lesson = given()
    text = {"en": "What is to be seen here?", "zh": "这里要看什么？"}
    step: dict[str, Any] = {"page": page, "settings": dict(settings), "text": text}
    lesson["step"].append({**step, **withheld})
    keep(lesson)


def move(place: int, by: int) -> None:
    """Swap the step at index `place` with the one `by` places further on, if there is one."""
    lesson = given()
    steps, other = lesson["step"], place + by
    if 0 <= other < len(steps):
        steps[place], steps[other] = steps[other], steps[place]
        keep(lesson)


def remove(place: int) -> None:
    """Remove the step at index `place`."""
    lesson = given()
    del lesson["step"][place]
    keep(lesson)


def as_toml() -> str:
    """The lesson as a TOML file. JSON strings are valid TOML strings."""
    lesson = given()
    head = [f"{name} = {_value(value)}" for name, value in lesson.items() if name != "step"]
    steps = [
        "\n".join(["", "[[step]]", *(f"{name} = {_value(value)}" for name, value in step.items())])
        for step in lesson["step"]
    ]
    return "\n".join([*head, *steps]) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def lesson() -> Lesson | None:
    """The lesson, ready to take; None if it has no step or is invalid."""
    try:
        return read()
    except InputError:
        return None


def read() -> Lesson:
    """The lesson, ready to take. Raises `InputError` that says what is wrong and where."""
    return read_lesson(as_toml(), f"{NAME}.toml")
