"""The topics that event streams can send, by name, and the function that looks at each.

A topic is either a state, of which only the latest matters, or the log of a run, of which every entry counts.
A page requests topics with parameters ("words"): `Topic.of("progress", run="run:mine")`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformer import limits
from transformer.learning.steps import TrainStep

State = Mapping[str, Any]
"""Data for JSON; a stream sends it when it has changed."""


@dataclass(frozen=True)
class Visitor:
    """Who requests a stream: what its cookies say, and its language."""

    owner: str | None
    """See `ui.ownership.owner_of`."""
    is_teacher: bool
    language: str


@dataclass(frozen=True)
class Log:
    """What was recorded of a run so far, in the order of its steps."""

    records: Sequence[TrainStep]
    evaluations: Sequence[TrainStep]
    is_open: bool = False
    """Whether its losses and accuracies are withheld, as the user has yet to predict them."""


Look = Callable[[Mapping[str, str], Visitor], State | Log | None]
"""A function that returns the current state or log of a topic; None if there is none for this visitor."""


@dataclass(frozen=True)
class Kind:
    """One kind of topic."""

    look: Look
    every: float
    """Seconds between two looks."""


KINDS: dict[str, Kind] = {}


def topic(name: str, every: float) -> Callable[[Look], Look]:
    """Declares a kind of topic. The decorated function looks at one, about once in `every` seconds."""

    def declare(look: Look) -> Look:
        KINDS[name] = Kind(look, every)
        return look

    return declare


@dataclass(frozen=True)
class Topic:
    """One topic: its kind, and its parameters ("words")."""

    kind: str
    words: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, kind: str, **words: str) -> "Topic":
        """A topic with these words."""
        return cls(kind, tuple(sorted(words.items())))

    def to_dict(self) -> dict[str, Any]:
        """The topic for JSON, as the browser requests it."""
        return {"kind": self.kind, "words": dict(self.words)}

    def look(self, visitor: Visitor) -> State | Log | None:
        """The topic's current state or log; None if there is none for this visitor."""
        return KINDS[self.kind].look(dict(self.words), visitor)


def read_topics(text: str) -> list[Topic]:
    """The topics in a browser's request. Raises ValueError if they are invalid or too many."""
    if len(text) > limits.MAX_TOPICS_TEXT:
        raise ValueError("too long")
    asked = json.loads(text)
    if not isinstance(asked, list) or not 0 < len(asked) <= limits.MAX_TOPICS:
        raise ValueError(f"ask for one to {limits.MAX_TOPICS} topics")
    return [_read(one) for one in asked]


def _read(asked: object) -> Topic:
    if not isinstance(asked, dict) or not isinstance(asked.get("words"), dict):
        raise ValueError("a topic has a kind and words")
    words = asked["words"]
    if asked.get("kind") not in KINDS or not all(isinstance(word, str) for word in words.values()):
        raise ValueError("no such topic")
    return Topic.of(asked["kind"], **words)
