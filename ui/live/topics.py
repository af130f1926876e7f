"""What a stream can tell: topics by name, and how each is looked at.

A topic is either a state, of which only the newest matters, or the log of a run, of which nothing may be left
out. A page asks for topics, each with the words that say of what: `Topic("progress", {"run": "run:mine"})`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformer import limits
from transformer.learning.steps import TrainStep

State = Mapping[str, Any]
"""What JSON can say; a stream tells it when it has changed."""


@dataclass(frozen=True)
class Visitor:
    """Who asks: what its cookies say, and in which language."""

    owner: str | None
    """As `ui.ownership.owner`; empty for a browser in a classroom that has no cookie."""
    is_teacher: bool
    language: str


@dataclass(frozen=True)
class Log:
    """What was recorded of a run so far, by rising step."""

    records: Sequence[TrainStep]
    evaluations: Sequence[TrainStep]
    is_open: bool = False
    """Whether its losses and accuracies answer a prediction that is still to be made, and are not told."""


Look = Callable[[Mapping[str, str], Visitor], State | Log | None]
"""Looks at a topic now; None if there is nothing of the kind for this visitor."""


@dataclass(frozen=True)
class Kind:
    """One kind of topic."""

    look: Look
    every: float
    """Seconds from one look to the next."""


KINDS: dict[str, Kind] = {}


def topic(name: str, every: float) -> Callable[[Look], Look]:
    """Declares a kind of topic: the decorated function looks at one, `every` so many seconds at most."""

    def declare(look: Look) -> Look:
        KINDS[name] = Kind(look, every)
        return look

    return declare


@dataclass(frozen=True)
class Topic:
    """One thing to be told of."""

    kind: str
    words: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, kind: str, **words: str) -> "Topic":
        """A topic as a page asks for it."""
        return cls(kind, tuple(sorted(words.items())))

    def to_dict(self) -> dict[str, Any]:
        """For the browser, which asks with it."""
        return {"kind": self.kind, "words": dict(self.words)}

    def look(self, visitor: Visitor) -> State | Log | None:
        """What there is to tell now."""
        return KINDS[self.kind].look(dict(self.words), visitor)


def read_topics(text: str) -> list[Topic]:
    """The topics that a browser asks for. Raises ValueError for what no page of ours asks for."""
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
