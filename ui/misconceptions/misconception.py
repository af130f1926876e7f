"""One common mistake: what people write, a prediction to make, what happens, why, and the right way."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from transformer.experiments.broadcasting import Outcome, attempt
from ui.i18n import t
from ui.pages import Page
from ui.taught import cells

CODE = Path(__file__).parent / "code"
RIGHT = "the right way"
"""The name of a file's second cell."""

Options = tuple[tuple[str, str], ...]
"""What one may predict: a text, and an expression that is true if it is what happened."""


@dataclass(frozen=True)
class Misconception:
    """A mistake that stands as code in a file of its own, and what is said about it."""

    key: str
    title: str
    """What it is about; it does not say what is right."""
    belief: str
    """What people say or write, and is false."""
    fact: str
    """Its twin, which is true."""
    question: str
    options: Options
    shows: tuple[str, ...]
    """Expressions whose values tell what happened."""
    why: str
    right_shows: tuple[str, ...] = ()
    page: Page = field(kw_only=True)
    """Where more of it can be seen: the page,"""
    query: Mapping[str, str] = field(default_factory=dict)
    """the parameters of its URL,"""
    at: str = ""
    """and the place on it, as `ui.anchors` names it."""

    @property
    def code(self) -> str:
        """What people write, as code: `code/<key>.py`."""
        return cells(CODE / f"{self.key}.py")[""]

    @property
    def right(self) -> str:
        """The right way, which goes on from the names of `code`; empty where nothing else is needed."""
        return cells(CODE / f"{self.key}.py").get(RIGHT, "")

    def translated(self) -> "Misconception":
        """In this session's language."""
        return replace(
            self,
            title=t(self.title),
            belief=t(self.belief),
            fact=t(self.fact),
            question=t(self.question),
            options=tuple((t(option), expression) for option, expression in self.options),
            why=t(self.why),
        )


@dataclass(frozen=True)
class Trial:
    """What came of running a misconception, and of the right way after it."""

    misconception: Misconception
    wrong: Outcome
    right: Outcome

    @property
    def happened(self) -> int:
        """Which of the options came true."""
        names = {**self.wrong.names, "error": self.wrong.error}
        return next(
            number
            for number, (_, expression) in enumerate(self.misconception.options)
            if attempt(f"came_true = bool({expression})", names).names.get("came_true")
        )

    def values(self) -> list[tuple[str, str]]:
        """What the wrong code gave."""
        return _values(self.misconception.shows, self.wrong)

    def right_values(self) -> list[tuple[str, str]]:
        """What the right code gave."""
        return _values(self.misconception.right_shows, self.right)


def run(misconception: Misconception) -> Trial:
    """What came of running its code: once in a process, since the same code does the same again."""
    return Trial(misconception, *_outcomes(misconception.code, misconception.right))


@cache
def _outcomes(code: str, right: str) -> tuple[Outcome, Outcome]:
    wrong = attempt(code)
    return wrong, attempt(right, wrong.names)


def _values(expressions: tuple[str, ...], outcome: Outcome) -> list[tuple[str, str]]:
    shown = [(expression, _text(expression, outcome.names)) for expression in expressions]
    if outcome.error:
        shown.append(("", outcome.error))
    return shown + [("", warning) for warning in outcome.warnings]


def _text(expression: str, names: Mapping[str, Any]) -> str:
    found = attempt(f"shown = {expression}", names)
    return found.error or str(found.names["shown"])
