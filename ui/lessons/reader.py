"""Reads a lesson's file. `docs/lessons.md` describes the format."""

import re
import tomllib
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from transformer import InputError, limits
from ui.i18n import t
from ui.lessons.lesson import Lesson, Question, Step, Text
from ui.pages import BY_SLUG, View, read_view
from ui.setting import HIDEABLE, LOCKABLE, as_text

LONGEST_FILE, MOST_STEPS, MOST_MINUTES, LONGEST_TEXT = 100_000, limits.MAX_LESSON_STEPS, 600, 400
"""Limits: characters of a file, steps, minutes, and characters of a text, which must fit the lesson bar."""

_NAME = re.compile(r"[a-z0-9_]{1,60}")
_STEP = re.compile(r"\s*\[\[\s*step\s*\]\]")


class _RefusedError(Exception):
    """An error in a step or in the head of a lesson; `read_lesson` adds the position."""

    def __init__(self, reason: str, key: str = "") -> None:
        super().__init__(reason)
        self.key = key
        """The key that has the error, so that its line can be found."""


def read_lesson(text: str, file: str) -> Lesson:
    """Parse a lesson file's text. Raises `InputError` that names file, step and line if it is invalid."""
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
    try:
        head = _head(given)
    except _RefusedError as error:
        line = _line(text, 0, error.key)
        raise InputError(
            "{file}, head, line {line}: {reason}", file=file, line=line, reason=str(error)
        ) from None
    steps = []
    for number, one in enumerate(given["step"], 1):
        try:
            steps.append(_step(one))
        except _RefusedError as error:
            raise InputError(
                "{file}, step {step}, line {line}: {reason}",
                file=file,
                step=number,
                line=_line(text, number, error.key),
                reason=str(error),
            ) from None
    return Lesson(name_of(Path(file)), *head, tuple(steps))


def name_of(file: Path) -> str:
    """The name of the lesson in a file: the file's name without extension and leading number."""
    number, _, name = file.stem.partition("_")
    return name if number.isdigit() and name else file.stem


def _line(text: str, step: int, key: str) -> int:
    """The line number, from 1, of a key in a step; that of the step if not found. Step 0 is the head."""
    lines = text.splitlines()
    heads = [0, *(number for number, line in enumerate(lines, 1) if _STEP.match(line)), len(lines) + 1]
    if step + 1 >= len(heads):
        return 1
    begins = re.compile(rf"\s*\[?{re.escape(key)}\s*[=\].]") if key else _STEP
    within = range(heads[step] + 1, heads[step + 1])
    return next((number for number in within if begins.match(lines[number - 1])), max(heads[step], 1))


def _head(given: Mapping[str, Any]) -> tuple[Text, Text, int]:
    """Title, audience and minutes. Raises `_RefusedError` if they are invalid."""
    _check_names(given, {"title", "audience", "minutes", "step"})
    minutes, steps = given.get("minutes"), given.get("step")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 1 <= minutes <= MOST_MINUTES:
        raise _RefusedError(
            t("`minutes` is a whole number from 1 to {limit}.", limit=MOST_MINUTES), "minutes"
        )
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise _RefusedError(
            t("There are 1 to {limit} steps, each beginning with [[step]].", limit=MOST_STEPS)
        )
    return _text(given, "title"), _text(given, "audience"), minutes


def _step(given: Any) -> Step:
    """One step. Raises `_RefusedError` if it is invalid."""
    if not isinstance(given, dict):
        raise _RefusedError(t("A step is a table."))
    _check_names(given, {"page", "settings", "text", "point", "hide", "lock", "question", "shows"})
    point = given.get("point", "")
    if not isinstance(point, str) or not (point == "" or _NAME.fullmatch(point)):
        raise _RefusedError(
            t("`point` is the name of a part of the page: small letters, digits and _."), "point"
        )
    shows = given.get("shows", [])
    if not isinstance(shows, list) or not all(isinstance(word, str) for word in shows):
        raise _RefusedError(t("`shows` is a list of words that are on the page."), "shows")
    return Step(
        _view(given),
        _text(given, "text"),
        point,
        _parts(given, "hide", HIDEABLE),
        _parts(given, "lock", LOCKABLE),
        _question(given["question"]) if "question" in given else None,
        tuple(shows),
    )


def _view(given: Mapping[str, Any]) -> View:
    """The view of a step: its page and settings."""
    slug = given.get("page")
    if not isinstance(slug, str) or slug not in BY_SLUG:
        raise _RefusedError(
            t("There is no page {name}. The pages are: {pages}.", name=str(slug)[:80],
              pages=", ".join(BY_SLUG)),
            "page",
        )  # fmt: skip
    settings = given.get("settings", {})
    if not isinstance(settings, dict):
        raise _RefusedError(t("`settings` is a table of settings and their values."), "settings")
    try:
        return read_view(BY_SLUG[slug], {name: as_text(value) for name, value in settings.items()})
    except InputError as error:
        raise _RefusedError(t(error.message, **error.values), "settings") from None


def _parts(given: Mapping[str, Any], key: str, possible: tuple[str, ...]) -> tuple[str, ...]:
    """The parts that a step hides or locks."""
    parts = given.get(key, [])
    if not isinstance(parts, list) or not set(map(str, parts)) <= set(possible):
        raise _RefusedError(
            t("`{name}` is a list of these: {parts}.", name=key, parts=", ".join(possible)), key
        )
    return tuple(parts)


def _question(given: Any) -> Question:
    if not isinstance(given, dict):
        raise _RefusedError(t("`question` is a table."), "question")
    _check_names(given, {"en", "zh", "options", "answer"}, "question")
    options, answer = given.get("options"), given.get("answer")
    if not isinstance(options, list) or not 2 <= len(options) <= 5:
        raise _RefusedError(t("A question has 2 to 5 `options`."), "question")
    if not isinstance(answer, int) or isinstance(answer, bool) or not 0 <= answer < len(options):
        raise _RefusedError(t("`answer` is the number of the right option, counted from 0."), "question")
    return Question(
        _words(given, "question", {"options", "answer"}),
        tuple(_words(one, "question") for one in options),
        answer,
    )


def _text(given: Mapping[str, Any], name: str) -> Text:
    if name not in given:
        raise _RefusedError(t("`{name}` is missing.", name=name))
    return _words(given[name], name)


def _words(given: Any, name: str, others: Set[str] = frozenset()) -> Text:
    """A text in both languages; `others` are further keys that the table may have."""
    if not isinstance(given, dict) or not {"en", "zh"} <= set(given):
        raise _RefusedError(t("`{name}` needs a text in both languages, `en` and `zh`.", name=name), name)
    _check_names(given, {"en", "zh", *others}, name)
    for text in (given["en"], given["zh"]):
        if not isinstance(text, str) or not 0 < len(text) <= LONGEST_TEXT:
            raise _RefusedError(
                t("`{name}` has 1 to {limit} characters.", name=name, limit=LONGEST_TEXT), name
            )
    return Text(given["en"], given["zh"])


def _check_names(given: Mapping[str, Any], known: set[str], key: str = "") -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise _RefusedError(
            t("There is nothing called {name} here. Possible are: {known}.", name=unknown[0][:80],
              known=", ".join(sorted(known))),
            key or unknown[0],
        )  # fmt: skip
