"""A lesson as it stands in a file, and the reader of such files. `docs/lessons.md` describes the format."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from transformer import InputError, limits
from ui.i18n import language, t
from ui.pages import BY_SLUG, View, read_view
from ui.setting import HIDEABLE, as_text

FOLDER = Path(__file__).parents[2] / "lessons"

LONGEST_FILE, MOST_STEPS, MOST_MINUTES, LONGEST_TEXT = 100_000, limits.MAX_LESSON_STEPS, 600, 400
"""Characters of a file, steps, minutes, characters of the text of a step, which has few lines."""

_NAME = re.compile(r"[a-z0-9_]{1,60}")


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    en: str
    zh: str

    def __str__(self) -> str:
        """In this session's language."""
        return self.zh if language() == "zh" else self.en


@dataclass(frozen=True)
class Question:
    """Something to predict before the next step shows it."""

    text: Text
    options: tuple[Text, ...]
    answer: int
    """The number of the right option, from 0."""


@dataclass(frozen=True)
class Step:
    """A view, and what is said about it."""

    view: View
    text: Text
    point: str = ""
    """The key of what is outlined."""
    hide: tuple[str, ...] = ()
    question: Question | None = None
    shows: tuple[str, ...] = ()
    """Words that the view shows, so that a test can tell whether it is what the text speaks of."""


@dataclass(frozen=True)
class Lesson:
    """A path through the app."""

    name: str
    title: Text
    audience: Text
    minutes: int
    steps: tuple[Step, ...]


class _RefusedError(Exception):
    """Something in a step or at the head of a lesson is wrong; the reader adds where."""


def read_lesson(text: str, file: str) -> Lesson:
    """The lesson of a file's text. Raises `InputError` that names file, step and line."""
    if len(text) > LONGEST_FILE:
        raise InputError(
            "{file} has {length} characters; a lesson has at most {limit}.",
            file=file,
            length=len(text),
            limit=LONGEST_FILE,
        )
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError("{file} is no TOML: {reason}.", file=file, reason=str(error)) from None
    lines = [number for number, line in enumerate(text.splitlines(), 1) if line.strip() == "[[step]]"]
    try:
        head = _head(given)
    except _RefusedError as error:
        raise InputError("{file}, head: {reason}", file=file, reason=str(error)) from None
    steps = []
    for number, one in enumerate(given["step"], 1):
        try:
            steps.append(_step(one))
        except (_RefusedError, InputError) as error:
            raise InputError(
                "{file}, step {step}, line {line}: {reason}",
                file=file,
                step=number,
                line=lines[number - 1] if number <= len(lines) else 1,
                reason=t(error.message, **error.values) if isinstance(error, InputError) else str(error),
            ) from None
    return Lesson(Path(file).stem.partition("_")[2] or Path(file).stem, *head, tuple(steps))


def _head(given: Mapping[str, Any]) -> tuple[Text, Text, int]:
    """Title, audience and minutes."""
    _check_names(given, {"title", "audience", "minutes", "step"})
    minutes, steps = given.get("minutes"), given.get("step")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= MOST_MINUTES:
        raise _RefusedError(t("`minutes` is a whole number from 1 to {limit}.", limit=MOST_MINUTES))
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise _RefusedError(
            t("There are 1 to {limit} steps, each beginning with [[step]].", limit=MOST_STEPS)
        )
    return _text(given, "title"), _text(given, "audience"), minutes


def _step(given: Any) -> Step:
    """One step. Raises `_RefusedError` or `InputError`."""
    if not isinstance(given, dict):
        raise _RefusedError(t("A step is a table."))
    _check_names(given, {"page", "settings", "text", "point", "hide", "question", "shows"})
    slug = given.get("page")
    if not isinstance(slug, str) or slug not in BY_SLUG:
        raise InputError(
            "There is no page {name}. The pages are: {pages}.", name=str(slug)[:80], pages=", ".join(BY_SLUG)
        )
    settings = given.get("settings", {})
    if not isinstance(settings, dict):
        raise _RefusedError(t("`settings` is a table of settings and their values."))
    view = read_view(BY_SLUG[slug], {name: as_text(value) for name, value in settings.items()})
    point, hide = given.get("point", ""), given.get("hide", [])
    if not isinstance(point, str) or not (point == "" or _NAME.fullmatch(point)):
        raise _RefusedError(t("`point` is the name of a part of the page: small letters, digits and _."))
    if not isinstance(hide, list) or not set(map(str, hide)) <= set(HIDEABLE):
        raise _RefusedError(t("`hide` is a list of these: {parts}.", parts=", ".join(HIDEABLE)))
    shows = given.get("shows", [])
    if not isinstance(shows, list) or not all(isinstance(word, str) for word in shows):
        raise _RefusedError(t("`shows` is a list of words that are on the page."))
    question = _question(given["question"]) if "question" in given else None
    return Step(view, _text(given, "text"), point, tuple(hide), question, tuple(shows))


def _question(given: Any) -> Question:
    if not isinstance(given, dict):
        raise _RefusedError(t("`question` is a table."))
    _check_names(given, {"en", "zh", "options", "answer"})
    options, answer = given.get("options"), given.get("answer")
    if not isinstance(options, list) or not 2 <= len(options) <= 5:
        raise _RefusedError(t("A question has 2 to 5 `options`."))
    if not isinstance(answer, int) or not 0 <= answer < len(options):
        raise _RefusedError(t("`answer` is the number of the right option, counted from 0."))
    return Question(
        _words(given, "question", ignoring={"options", "answer"}),
        tuple(_words(one, "options") for one in options),
        answer,
    )


def _text(given: Mapping[str, Any], name: str) -> Text:
    if name not in given:
        raise _RefusedError(t("`{name}` is missing.", name=name))
    return _words(given[name], name)


def _words(given: Any, name: str, ignoring: set[str] | None = None) -> Text:
    """Both languages of a text."""
    if not isinstance(given, dict) or not {"en", "zh"} <= set(given):
        raise _RefusedError(t("`{name}` needs a text in both languages, `en` and `zh`.", name=name))
    _check_names(given, {"en", "zh", *(ignoring or ())})
    for text in (given["en"], given["zh"]):
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT:
            raise _RefusedError(t("`{name}` has 1 to {limit} characters.", name=name, limit=LONGEST_TEXT))
    return Text(given["en"], given["zh"])


def _check_names(given: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise _RefusedError(
            t("There is nothing called {name} here. Possible are: {known}.", name=unknown[0][:80],
              known=", ".join(sorted(known)))
        )  # fmt: skip


@cache
def shipped() -> dict[str, Lesson]:
    """The lessons of the project by name, in the order of their files' names."""
    read = [
        read_lesson(path.read_text(encoding="utf-8"), path.name) for path in sorted(FOLDER.glob("*.toml"))
    ]
    return {lesson.name: lesson for lesson in read}
