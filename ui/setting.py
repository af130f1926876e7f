"""One thing that a user can set, where its value is kept, and which values it can have.

A setting lives in `st.session_state` under its name, where widgets find it (`key=TEXT.name`). When a page is
left, `ui.address` moves its settings into a dictionary of their own, because each widget costs more time the
more keys the session state has.
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
"""Characters; what is longer is no number that anything here can be."""

WAITING = "settings_of_other_pages"
"""Session state: the values of the settings of the pages that are not on screen, by name."""

_ELSEWHERE = object()
"""Stands for a value that is not in the session state itself."""


def waiting() -> dict[str, Any]:
    """The values of the settings of the pages that are not on screen, by name."""
    values: dict[str, Any] = st.session_state.setdefault(WAITING, {})
    return values


@dataclass(frozen=True, eq=False)
class Setting(Generic[T]):
    """One thing a user can set."""

    name: str
    """The key in the session state, and the parameter in the URL."""
    default: T
    parse: Callable[[str], T | None]
    """Reads the value from a URL; None if it is not one this setting can have."""

    @property
    def value(self) -> T:
        """The value in this session.

        After a change of language a browser may still send the label of a choice in the old language, which
        is none of the setting's values; a widget without a choice sends None. Both mean the default.
        """
        value = st.session_state.get(self.name, _ELSEWHERE)
        if value is _ELSEWHERE:
            value = st.session_state.get(WAITING, {}).get(self.name, self.default)
        is_label = isinstance(value, str) and not isinstance(self.parse, Words) and self.parse(value) is None
        known: T = self.default if is_label or value is None else value
        return known

    @property
    def bounds(self) -> tuple[Any, Any]:
        """The lowest and the highest value, of a setting that is a number."""
        assert isinstance(self.parse, Range)
        return self.parse.low, self.parse.high

    @property
    def limit(self) -> int:
        """Characters that it may have, of a setting that is a text."""
        assert isinstance(self.parse, Words)
        return self.parse.limit

    def set(self, value: T) -> None:
        """Give it a value; before the widget that shows it is drawn, or in a callback."""
        if self.name in waiting():
            waiting()[self.name] = value
        else:
            st.session_state[self.name] = value

    def read(self, text: str) -> T:
        """The value that a URL gives as `text`. Raises `InputError` if the setting cannot have it."""
        value = self.parse(text)
        if value is None:
            raise _refusal(self, text)
        return value

    def lower_to(self: "Setting[int]", highest: int) -> int:
        """Lower it to the highest that can be had, if it is above, so that the address says what is shown."""
        if self.value > highest:
            self.set(highest)
        return self.value


def _refusal(setting: Setting[Any], text: str) -> InputError:
    """Why a setting cannot have the value that a URL gives, and which values it can have."""
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
    """A parser that knows some words."""

    choices: tuple[str, ...]
    titles: Mapping[str, str] = field(default_factory=dict, compare=False)
    """What they are called on screen, in English, where they are the sections of a page."""

    def __call__(self, text: str) -> str | None:
        """The text, if it is one of the words."""
        return text if text in self.choices else None


def one_of(*choices: str) -> OneOf:
    """A parser that knows these words."""
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
        """The number, if it is one and in the range."""
        try:
            value = self.read(text[:LONG_NUMBER])
        except ValueError:
            return None
        return value if len(text) < LONG_NUMBER and self.low <= value <= self.high else None  # NaN is in none


def whole(low: int, high: int) -> Range[int]:
    """A parser of whole numbers in a range."""
    return Range(int, low, high)


def whole_of(*choices: int) -> Callable[[str], int | None]:
    """A parser that knows these numbers."""
    return lambda text: {str(choice): choice for choice in choices}.get(text)


def number(low: float, high: float) -> Range[float]:
    """A parser of numbers in a range."""
    return Range(float, low, high)


def panel_text(text: str) -> str | None:
    """A parser of a panel's name, such as `decoder.cross.2.1`, or of nothing."""
    panel = r"(encoder\.self|decoder\.self|decoder\.cross)(\.average)?(\.\d{1,2}){2}"
    return text if not text or re.fullmatch(panel, text, re.ASCII) else None


HIDEABLE = ("sidebar", "sections", "controls", "answers")
"""Parts of every page that a link or a step of a lesson can hide."""

LOCKABLE = ("sidebar", "sections", "controls")
"""Those of them that it can lock: drawn, but out of reach."""


def some_of(*parts: str) -> Callable[[str], str | None]:
    """A parser of some of these words, with commas between them, or of none."""
    return lambda text: text if not text or set(text.split(",")) <= set(parts) else None


def place_name(text: str) -> str | None:
    """A parser of the name of a place on a page, or of nothing."""
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
        """The text, if it is short enough."""
        return text if len(text) <= self.limit else None


def words(limit: int) -> Words:
    """A parser of any text up to a length."""
    return Words(limit)


def each_once(text: str) -> list[str]:
    """The words of a list with commas between them. In a link one may stand twice, in a widget none may."""
    return list(dict.fromkeys(text.split(",")))


def as_text(value: object) -> str:
    """A setting's value as its parser reads it."""
    return str(int(value)) if isinstance(value, bool) else str(value)
