"""A lesson: steps, each with a view and a text about it. `docs/lessons.md` describes the files."""

from dataclasses import dataclass

from ui.i18n import language
from ui.pages import View


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    en: str
    zh: str

    def __str__(self) -> str:
        """The text in this session's language."""
        return self.zh if language() == "zh" else self.en


@dataclass(frozen=True)
class Question:
    """A question whose answer the user predicts before the next step shows it."""

    text: Text
    options: tuple[Text, ...]
    answer: int
    """The index of the right option."""


@dataclass(frozen=True)
class Step:
    """A view, and a text about it."""

    view: View
    text: Text
    point: str = ""
    """The key of the element to outline; empty for none."""
    hide: tuple[str, ...] = ()
    lock: tuple[str, ...] = ()
    question: Question | None = None
    shows: tuple[str, ...] = ()
    """Words that the view contains, so that a test can check that it fits the text."""


@dataclass(frozen=True)
class Lesson:
    """A path through the app."""

    name: str
    title: Text
    audience: Text
    minutes: int
    steps: tuple[Step, ...]
