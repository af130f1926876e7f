"""The user's own pairs: a table of sources and targets."""

import csv
import io
import unicodedata
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from transformer.checks import one_of
from transformer.errors import InputError
from transformer.model.vocabulary import PAD, Vocabulary
from transformer.tasks.task import HELD_OUT_SHARE, Ids, Task, sequence_hashes

PAIRS = "pairs"
"""The name of every task that is made from a table."""

TokenKind = Literal["word", "character"]


def token_kind(name: object) -> TokenKind:
    """`word` or `character`. Raises `InputError` for anything else."""
    one_of("tokens", name, get_args(TokenKind))
    return cast(TokenKind, name)


BLANK = "␣"
"""The visible form of a blank that is a token."""

FEWEST_HELD_OUT = 2


def split(text: str, tokens: TokenKind) -> list[str]:
    """The tokens of a text: its words, or its characters with single blanks as `BLANK`."""
    words = text.split()
    return words if tokens == "word" else list(BLANK.join(words))


@dataclass(frozen=True)
class Pair:
    """A source and its target, with their line in the table."""

    source: str
    target: str
    line: int = 0


class PairsTask(Task):
    """Write the target in the table. A source that is not in the table can be read, but has no known answer.

    `transformer.tasks.table.read_pairs` makes a checked task from a file.
    """

    name = PAIRS
    patterns = (PAIRS,)

    def __init__(self, pairs: Sequence[Pair], tokens: TokenKind) -> None:
        """Sources must be distinct, and no text empty; the vocabularies are made from their tokens."""
        self.pairs, self.tokens = tuple(pairs), tokens
        sources, targets = ([split(text, tokens) for text in side] for side in self._sides())
        self.src_vocabulary, self.trg_vocabulary = _vocabulary(sources), _vocabulary(targets)
        self._sources = _as_ids(sources, self.src_vocabulary)
        self._targets = _as_ids(targets, self.trg_vocabulary)
        self.max_length = self._sources.shape[1]
        self.longest_target = self._targets.shape[1]
        hashes = sequence_hashes(self._sources)
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]

    def _sides(self) -> tuple[list[str], list[str]]:
        return [pair.source for pair in self.pairs], [pair.target for pair in self.pairs]

    @property
    def examples(self) -> tuple[str, ...]:  # type: ignore[override]
        """Two sources of the table, preferably the first ones of at most 16 tokens."""
        lengths = (self._sources != PAD).sum(axis=1)
        short = [pair.source for pair, length in zip(self.pairs, lengths, strict=True) if length <= 16]
        return tuple([*short, *(pair.source for pair in self.pairs)][:2])

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """Which pairs are never trained on: [N]. A tenth, at least two, chosen by a hash of the source."""
        order = sorted(range(len(self.pairs)), key=lambda row: zlib.crc32(self.pairs[row].source.encode()))
        apart = np.zeros(len(self.pairs), dtype=bool)
        apart[order[: max(FEWEST_HELD_OUT, len(self.pairs) // HELD_OUT_SHARE)]] = True
        return apart

    @cached_property
    def has_unknown(self) -> NDArray[np.bool_]:
        """Which pairs have a token, in source or target, that occurs in no pair trained on: [N]."""
        return _unknown(self._sources, self.held_out) | _unknown(self._targets, self.held_out)

    @property
    def unlearnable(self) -> InputError | None:
        """A warning about held-out pairs that training cannot teach, or None; to be shown, not raised."""
        strange = self.held_out & self.has_unknown
        if not strange.any():
            return None
        return InputError(
            "{count} of the held-out pairs, such as that in line {line}, have a token that occurs in no "
            "pair trained on: nothing is learned about it.",
            count=int(strange.sum()),
            line=self.pairs[int(strange.argmax())].line,
        )

    def draw(self, pattern: str, count: int, rng: np.random.Generator) -> Ids:
        """Random sources of the table, each equally likely: [count, width]."""
        return self._sources[rng.integers(0, len(self.pairs), count)]

    def answers(self, sources: Ids) -> Ids:
        """The targets in the table; PAD for sources that are not in it."""
        rows = self._rows(sources)
        return np.where(rows[:, None] >= 0, self._targets[rows], PAD)

    def holds_out(self, sources: Ids) -> NDArray[np.bool_]:
        """See `held_out`; sources that are not in the table count as held out too."""
        rows = self._rows(sources)
        return self.held_out[rows] | (rows < 0)

    def _rows(self, sources: Ids) -> NDArray[np.int64]:
        """The row of each source in the table, -1 if it is not there: [N, width] -> [N]."""
        place = np.searchsorted(self._hashes, sequence_hashes(sources))
        rows = self._order[np.minimum(place, len(self._order) - 1)]
        width = max(sources.shape[1], self.max_length)
        given, there = (
            np.pad(ids, ((0, 0), (0, width - ids.shape[1]))) for ids in (sources, self._sources[rows])
        )
        return np.where((given == there).all(axis=1), rows, -1)

    def tokenize(self, text: str) -> list[str]:
        """See `split`."""
        return split(clean(text), self.tokens)

    def join(self, words: Sequence[str]) -> str:
        """Words joined by blanks, or characters without separator."""
        return " ".join(words) if self.tokens == "word" else "".join(words).replace(BLANK, " ")

    def is_same(self, other: Task) -> bool:
        """Whether another task has the same pairs in the same order and the same kind of tokens."""
        return (
            isinstance(other, PairsTask) and self._sides() == other._sides() and self.tokens == other.tokens
        )

    def table(self) -> str:
        """The pairs as a table that `read_pairs` reads: tab-separated, in the same order."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter="\t", lineterminator="\n")
        writer.writerow(("source", "target"))
        writer.writerows((pair.source, pair.target) for pair in self.pairs)
        return text.getvalue()


def clean(text: str) -> str:
    """Normalise a text: composed characters (NFC), single blanks, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _vocabulary(texts: Sequence[Sequence[str]]) -> Vocabulary:
    return Vocabulary(tuple(sorted({word for text in texts for word in text})))


def _unknown(ids: Ids, held_out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which rows have an id, other than PAD, that occurs only in held-out rows: [N]."""
    known = np.append(ids[~held_out], PAD)
    return np.asarray(~np.isin(ids, known).all(axis=1))


def _as_ids(texts: Sequence[Sequence[str]], vocabulary: Vocabulary) -> Ids:
    ids = np.full((len(texts), max(map(len, texts))), PAD, dtype=np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = [vocabulary.ids[word] for word in text]
    return ids
