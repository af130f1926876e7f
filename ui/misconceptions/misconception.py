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
"""The predictions to choose from: a text, and an expression that is true if the prediction came true."""


@dataclass(frozen=True)
class Misconception:
    """The texts about a mistake, whose code is in a file of its own."""

    key: str
    title: str
    """What it is about; it does not say what is right."""
    belief: str
    """A statement that people make and that is false."""
    fact: str
    """The corresponding statement that is true."""
    question: str
    options: Options
    shows: tuple[str, ...]
    """Expressions whose values show what happened."""
    why: str
    right_shows: tuple[str, ...] = ()
    page: Page = field(kw_only=True)
    """The page that shows more about it."""
    query: Mapping[str, str] = field(default_factory=dict)
    """The parameters of that page's URL."""
    at: str = ""
    """The place on that page, as `ui.anchors` names it."""

    @property
    def code(self) -> str:
        """What people write, as code: `code/<key>.py`."""
        return cells(CODE / f"{self.key}.py")[""]

    @property
    def right(self) -> str:
        """The right way, run with the names that `code` defined; empty if the file has none."""
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
    """The outcomes of a misconception's code and of the right way after it."""

    misconception: Misconception
    wrong: Outcome
    right: Outcome

    @property
    def happened(self) -> int:
        """Index of the option that came true."""
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
    """Run a misconception's code. It runs once in a process: the same code has the same outcome again."""
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
