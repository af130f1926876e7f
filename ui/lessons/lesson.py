"""A lesson: steps, each a view and what is said about it. `docs/lessons.md` describes the files."""

from dataclasses import dataclass

from ui.i18n import language
from ui.pages import View


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
    lock: tuple[str, ...] = ()
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
