"""Settings: the name, default, allowed values and storage of what a user can set.

A setting's value is in `st.session_state` under its name, where widgets find it (`key=TEXT.name`). When the
user leaves a page, `ui.address` moves its settings into a separate dictionary, since every key in the session
state makes each widget slower.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import streamlit as st

from transformer import InputError, limits

T = TypeVar("T")
N = TypeVar("N", int, float)

LONG_NUMBER = 30
"""Numbers of this many characters or more are refused."""

WAITING = "settings_of_other_pages"
"""Session state: the values of settings of pages that are not on screen, by name."""

SHOWN = "settings_shown"
"""Session state: the values of settings at the end of the last run that drew them, by name."""

_ELSEWHERE = object()
"""Marks a value that is not in the session state itself."""


def waiting() -> dict[str, Any]:
    """The values of settings of pages that are not on screen, by name; may be changed."""
    values: dict[str, Any] = st.session_state.setdefault(WAITING, {})
    return values


@dataclass(frozen=True, eq=False)
class Setting(Generic[T]):
    """One thing a user can set."""

    name: str
    """The key in the session state, and the parameter in the URL."""
    default: T
    parse: Callable[[str], T | None]
    """Reads the value from a URL; returns None if it is invalid."""

    @property
    def value(self) -> T:
        """The value in this session.

        After a change of language, a browser may still send the label of a choice in the old language, which
        is not a valid value: it means the value that was shown last. A widget without a choice sends None,
        which means the default.
        """
        value = st.session_state.get(self.name, _ELSEWHERE)
        if value is _ELSEWHERE:
            value = st.session_state.get(WAITING, {}).get(self.name, self.default)
        is_label = isinstance(value, str) and not isinstance(self.parse, Words) and self.parse(value) is None
        if is_label:
            value = st.session_state.get(SHOWN, {}).get(self.name)
        known: T = self.default if value is None else value
        return known

    @property
    def bounds(self) -> tuple[Any, Any]:
        """The lowest and the highest value of a numeric setting."""
        assert isinstance(self.parse, Range)
        return self.parse.low, self.parse.high

    @property
    def limit(self) -> int:
        """The most characters of a text setting."""
        assert isinstance(self.parse, Words)
        return self.parse.limit

    def set(self, value: T) -> None:
        """Set the value. Call it before the setting's widget is drawn, or in a callback."""
        if self.name in waiting():
            waiting()[self.name] = value
        else:
            st.session_state[self.name] = value

    def read(self, text: str) -> T:
        """The value that a URL gives as `text`. Raises `InputError` if it is invalid."""
        value = self.parse(text)
        if value is None:
            raise _refusal(self, text)
        return value

    def lower_to(self: "Setting[int]", highest: int) -> int:
        """Lower the value to `highest` if it is above, so that the URL says what is shown; return it."""
        if self.value > highest:
            self.set(highest)
        return self.value


def _refusal(setting: Setting[Any], text: str) -> InputError:
    """An error that says why a value in a URL is invalid, and which values are valid."""
    name, value = setting.name, text[: limits.MAX_SHOWN]
    match setting.parse:
        case Range(low=low, high=high):
            return InputError(
                "{name}={value} is not a number from {low} to {high}.",
                name=name,
                value=value,
                low=low,
                high=high,
            )
        case Words(limit=limit):
            return InputError(
                "{name} has {length} characters; at most {limit} are read.",
                name=name,
                length=len(text),
                limit=limit,
            )
        case OneOf(choices=choices):
            return InputError(
                "{name}={value} is not possible. Possible are: {choices}.",
                name=name,
                value=value,
                choices=", ".join(choices),
            )
    return InputError("{name}={value} is not a possible value.", name=name, value=value)


@dataclass(frozen=True)
class OneOf:
    """A parser that accepts certain words."""

    choices: tuple[str, ...]
    titles: Mapping[str, str] = field(default_factory=dict, compare=False)
    """English titles of the words, if they are the sections of a page."""

    def __call__(self, text: str) -> str | None:
        """The text if it is one of the words, else None."""
        return text if text in self.choices else None


def one_of(*choices: str) -> OneOf:
    """A parser that accepts these words."""
    return OneOf(choices)


def sections(**titles: str) -> OneOf:
    """A parser of the names of a page's sections, with their titles in English."""
    return OneOf(tuple(titles), titles)


@dataclass(frozen=True)
class Range(Generic[N]):
    """A parser of numbers in a range."""

    read: Callable[[str], N]
    low: N
    high: N

    def __call__(self, text: str) -> N | None:
        """The number if the text is one in the range, else None."""
        try:
            value = self.read(text[:LONG_NUMBER])
        except ValueError:
            return None
        return value if len(text) < LONG_NUMBER and self.low <= value <= self.high else None  # None for NaN


def whole(low: int, high: int) -> Range[int]:
    """A parser of whole numbers in a range."""
    return Range(int, low, high)


def whole_of(*choices: int) -> Callable[[str], int | None]:
    """A parser that accepts these numbers."""
    return lambda text: {str(choice): choice for choice in choices}.get(text)


def number(low: float, high: float) -> Range[float]:
    """A parser of numbers in a range."""
    return Range(float, low, high)


def panel_text(text: str) -> str | None:
    """A parser of a panel's name, such as `decoder.cross.2.1`, or of the empty text."""
    panel = r"(encoder\.self|decoder\.self|decoder\.cross)(\.average)?(\.\d{1,2}){2}"
    return text if not text or re.fullmatch(panel, text, re.ASCII) else None


HIDEABLE = ("sidebar", "sections", "controls", "answers")
"""Parts of every page that a link or a lesson step can hide."""

LOCKABLE = ("sidebar", "sections", "controls")
"""Parts of every page that a link or a lesson step can lock: they are drawn, but do not react."""


def some_of(*parts: str) -> Callable[[str], str | None]:
    """A parser of any of these words, separated by commas, or of the empty text."""
    return lambda text: text if not text or set(text.split(",")) <= set(parts) else None


def place_name(text: str) -> str | None:
    """A parser of the name of a place on a page, or of the empty text."""
    return text if re.fullmatch(r"[a-z][a-z0-9_]{,39}|", text) else None


def number_or_name(text: str) -> int | str | None:
    """A parser of a step, by its number or its name."""
    return whole(0, limits.MAX_INDEX)(text) if text[:1].isdigit() else place_name(text) or None


def index_or(*choices: str) -> Callable[[str], str | None]:
    """A parser of an index below 1000, such as a layer's, or one of these words."""
    return lambda text: (
        text if text in choices or (text.isascii() and text.isdigit() and len(text) < 4) else None
    )


def flag(text: str) -> bool | None:
    """A parser of 1 and 0."""
    return {"1": True, "0": False}.get(text)


@dataclass(frozen=True)
class Words:
    """A parser of any text up to a length."""

    limit: int

    def __call__(self, text: str) -> str | None:
        """The text if it is short enough, else None."""
        return text if len(text) <= self.limit else None


def words(limit: int) -> Words:
    """A parser of any text up to a length."""
    return Words(limit)


def each_once(text: str) -> list[str]:
    """The words of a comma-separated list, without duplicates: a link may contain some, a widget must not."""
    return list(dict.fromkeys(text.split(",")))


def as_text(value: object) -> str:
    """A setting's value as text that its parser can read."""
    return str(int(value)) if isinstance(value, bool) else str(value)
